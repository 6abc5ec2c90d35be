/* +++
what   = "Makes the order as a draft with its lines, its buyer and its price book entries, then gives it its status; and its refunds, shipments and returns where they have objects."
safety = "review"
+++ */
select
  f.finding_id,
  'orders' as entity,
  cast(null as varchar) as salesforce_id,
  f.system,
  f.record_id,
  w.role,
  w.value,
  false as optional
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
  w.value,
  false as optional
from findings as f
inner join order_lines as n on f.system = n.system and f.record_id = n.order_id
inner join wanted as w on n.system = w.system and n.record_id = w.record_id and w.entity = 'order_lines'
where n.deleted_at is null and coalesce(n.current_quantity, n.quantity) + coalesce(n.refunded_quantity, 0) > 0
-- What became of the order, where Salesforce has objects for it: without them the order is whole all the same.
union all
select
  f.finding_id,
  w.entity,
  cast(null as varchar) as salesforce_id,
  w.system,
  w.record_id,
  w.role,
  w.value,
  true as optional
from findings as f
inner join refunds as r on f.system = r.system and f.record_id = r.order_id
inner join wanted as w on r.system = w.system and r.record_id = w.record_id and w.entity = 'refunds'
where r.deleted_at is null and r.money_moved and r.amount > 0
union all
select
  f.finding_id,
  w.entity,
  cast(null as varchar) as salesforce_id,
  w.system,
  w.record_id,
  w.role,
  w.value,
  true as optional
from findings as f
inner join fulfillments as s on f.system = s.system and f.record_id = s.order_id
inner join wanted as w on s.system = w.system and s.record_id = w.record_id and w.entity = 'fulfillments'
where s.deleted_at is null and s.status = 'success'
union all
select
  f.finding_id,
  w.entity,
  cast(null as varchar) as salesforce_id,
  w.system,
  w.record_id,
  w.role,
  w.value,
  true as optional
from findings as f
inner join fulfillments as s on f.system = s.system and f.record_id = s.order_id
inner join fulfillment_lines as n on s.system = n.system and s.record_id = n.fulfillment_id
inner join wanted as w on n.system = w.system and n.record_id = w.record_id and w.entity = 'fulfillment_lines'
where s.deleted_at is null and s.status = 'success'
union all
select
  f.finding_id,
  w.entity,
  cast(null as varchar) as salesforce_id,
  w.system,
  w.record_id,
  w.role,
  w.value,
  true as optional
from findings as f
inner join returns as b on f.system = b.system and f.record_id = b.order_id
inner join wanted as w on b.system = w.system and b.record_id = w.record_id and w.entity = 'returns'
where b.deleted_at is null and b.status in ('open', 'closed')
