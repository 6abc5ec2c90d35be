/* +++
what   = "Writes the shop's amounts where it is Salesforce whose parts do not add up; what the shop itself holds is never written."
safety = "review"
+++ */
select
  f.finding_id,
  'orders' as entity,
  f.salesforce_id,
  w.system,
  w.record_id,
  w.role,
  w.value,
  cast(null as varchar) as reason
from findings as f
inner join order_links as l on f.salesforce_id = l.salesforce_id and l.is_primary
inner join wanted as w on l.shop_system = w.system and l.shop_id = w.record_id and w.entity = 'orders'
where
  f.record_id is null
  and w.value is not null
  and w.role in ('subtotal', 'discount', 'shipping', 'tax', 'duties', 'tip', 'gift_card', 'rounding', 'total', 'current_total')
union all
select
  f.finding_id,
  'orders' as entity,
  f.salesforce_id,
  f.system,
  f.record_id,
  'total' as role,
  cast(null as varchar) as value,
  'It is the shop whose amounts do not add up, and shops are never written.' as reason
from findings as f
where f.record_id is not null
