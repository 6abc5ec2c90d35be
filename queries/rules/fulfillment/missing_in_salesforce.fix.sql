/* +++
what   = "Makes the record of the parcel under its order, and its lines where they have an object."
safety = "review"
+++ */
select
  f.finding_id,
  'fulfillments' as entity,
  cast(null as varchar) as salesforce_id,
  f.system,
  f.record_id,
  w.role,
  w.value,
  false as optional
from findings as f
inner join wanted as w on f.system = w.system and f.record_id = w.record_id and w.entity = 'fulfillments'
union all
select
  f.finding_id,
  'fulfillment_lines' as entity,
  cast(null as varchar) as salesforce_id,
  f.system,
  n.record_id,
  w.role,
  w.value,
  true as optional
from findings as f
inner join fulfillment_lines as n on f.system = n.system and f.record_id = n.fulfillment_id
inner join wanted as w on n.system = w.system and n.record_id = w.record_id and w.entity = 'fulfillment_lines'
