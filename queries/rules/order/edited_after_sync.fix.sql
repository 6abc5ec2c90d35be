/* +++
what   = "Writes the amounts as they are after the edit, and the lines while the order is a draft; the lines of an activated order are fixed."
safety = "review"
+++ */
with behind as (
  select
    f.finding_id,
    f.system,
    f.record_id,
    f.salesforce_id,
    k.shop_id as line_id,
    k.salesforce_id as held_id
  from findings as f
  inner join line_pairs as k on f.system = k.shop_system and f.record_id = k.shop_order_id and f.salesforce_id = k.salesforce_order_id
  where (k.salesforce_id is null and k.expected > 0) or k.expected <> k.held
)

select
  f.finding_id,
  'orders' as entity,
  f.salesforce_id,
  f.system,
  f.record_id,
  w.role,
  w.value
from findings as f
inner join wanted as w on f.system = w.system and f.record_id = w.record_id and w.entity = 'orders'
where
  w.value is not null
  and w.role in (
    'subtotal', 'discount', 'shipping', 'tax', 'duties', 'tip', 'gift_card', 'rounding', 'total', 'current_total', 'edited_at'
  )
union all
select
  b.finding_id,
  'order_lines' as entity,
  b.held_id as salesforce_id,
  b.system,
  b.line_id as record_id,
  w.role,
  w.value
from behind as b
inner join wanted as w on b.system = w.system and b.line_id = w.record_id and w.entity = 'order_lines'
where b.held_id is null or w.role = 'quantity'
