/* +++
what   = "Makes the order as a draft with all its lines, its buyer and its price book entries where they are missing, then gives it its status."
safety = "review"
+++ */
select
  f.finding_id,
  'orders' as entity,
  cast(null as varchar) as salesforce_id,
  f.system,
  f.record_id,
  w.role,
  w.value
from findings as f
inner join wanted as w on f.system = w.system and f.record_id = w.record_id and w.entity = 'orders'
union all
select
  f.finding_id,
  'order_lines' as entity,
  cast(null as varchar) as salesforce_id,
  f.system,
  n.record_id,
  w.role,
  w.value
from findings as f
inner join order_lines as n on f.system = n.system and f.record_id = n.order_id
inner join wanted as w on n.system = w.system and n.record_id = w.record_id and w.entity = 'order_lines'
where n.deleted_at is null and coalesce(n.current_quantity, n.quantity) + coalesce(n.refunded_quantity, 0) > 0
union all
select
  f.finding_id,
  'refunds' as entity,
  cast(null as varchar) as salesforce_id,
  f.system,
  r.record_id,
  w.role,
  w.value
from findings as f
inner join refunds as r on f.system = r.system and f.record_id = r.order_id
inner join wanted as w on r.system = w.system and r.record_id = w.record_id and w.entity = 'refunds'
where r.deleted_at is null and r.money_moved and r.amount > 0
