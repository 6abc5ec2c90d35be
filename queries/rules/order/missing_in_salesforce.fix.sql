/* +++
what   = "Makes the order as a draft with its lines, its buyer and its price book entries, then gives it its status; and its refunds, shipments and returns where they have objects."
safety = "review"
+++ */
-- What became of the order is made where Salesforce has objects for it: without them the order is whole all the same.
with parts as (
  select
    f.finding_id,
    'orders' as entity,
    f.system,
    f.record_id,
    false as optional
  from findings as f
  union all
  select
    f.finding_id,
    'order_lines' as entity,
    n.system,
    n.record_id,
    false as optional
  from findings as f
  inner join order_lines as n on f.system = n.system and f.record_id = n.order_id
  where n.deleted_at is null and coalesce(n.current_quantity, n.quantity) + coalesce(n.refunded_quantity, 0) > 0
  union all
  select
    f.finding_id,
    'refunds' as entity,
    r.system,
    r.record_id,
    true as optional
  from findings as f
  inner join refunds as r on f.system = r.system and f.record_id = r.order_id
  where r.deleted_at is null and r.money_moved and r.amount > 0
  union all
  select
    f.finding_id,
    'fulfillments' as entity,
    s.system,
    s.record_id,
    true as optional
  from findings as f
  inner join fulfillments as s on f.system = s.system and f.record_id = s.order_id
  where s.deleted_at is null and s.status = 'success'
  union all
  select
    f.finding_id,
    'fulfillment_lines' as entity,
    n.system,
    n.record_id,
    true as optional
  from findings as f
  inner join fulfillments as s on f.system = s.system and f.record_id = s.order_id
  inner join fulfillment_lines as n on s.system = n.system and s.record_id = n.fulfillment_id
  where s.deleted_at is null and s.status = 'success'
  union all
  select
    f.finding_id,
    'returns' as entity,
    b.system,
    b.record_id,
    true as optional
  from findings as f
  inner join returns as b on f.system = b.system and f.record_id = b.order_id
  where b.deleted_at is null and b.status in ('open', 'closed')
)

select
  p.finding_id,
  p.entity,
  cast(null as varchar) as salesforce_id,
  p.system,
  p.record_id,
  w.role,
  w.value,
  p.optional
from parts as p
inner join wanted as w on p.entity = w.entity and p.system = w.system and p.record_id = w.record_id
