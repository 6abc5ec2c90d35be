/* +++
what   = "Writes the amount that was paid back into the refund, or the sum of refunds into the order where refunds have no object."
safety = "review"
+++ */
select
  f.finding_id,
  'refunds' as entity,
  f.salesforce_id,
  f.system,
  f.record_id,
  w.role,
  w.value,
  false as optional
from findings as f, unnest(f.diff) as d (field)
inner join wanted as w on f.system = w.system and f.record_id = w.record_id and w.entity = 'refunds' and d.field.field = w.role
where w.role = 'amount'
union all
select
  f.finding_id,
  'orders' as entity,
  f.salesforce_id,
  f.system,
  r.order_id as record_id,
  'refunded' as role,
  d.field.shop as value,
  false as optional
from findings as f, unnest(f.diff) as d (field)
inner join refunds as r on f.system = r.system and f.record_id = r.record_id
where d.field.field = 'refunded'
