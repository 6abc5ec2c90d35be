/* +++
what   = "Makes the refund's record where refunds have an object, and writes the order's sum of refunds."
safety = "review"
+++ */
select
  f.finding_id,
  'refunds' as entity,
  cast(null as varchar) as salesforce_id,
  f.system,
  f.record_id,
  w.role,
  w.value,
  true as optional,
  case when f.confidence = 'review' then 'Salesforce holds refunds of the order without ids, and one of them may be it.' end as reason
from findings as f
inner join wanted as w on f.system = w.system and f.record_id = w.record_id and w.entity = 'refunds'
union all
select
  f.finding_id,
  'orders' as entity,
  f.salesforce_id,
  f.system,
  r.order_id as record_id,
  w.role,
  w.value,
  true as optional,
  case when f.confidence = 'review' then 'Salesforce holds refunds of the order without ids, and one of them may be it.' end as reason
from findings as f
inner join refunds as r on f.system = r.system and f.record_id = r.record_id
inner join wanted as w on r.system = w.system and r.order_id = w.record_id and w.entity = 'orders'
where w.role = 'refunded' and w.value is not null
