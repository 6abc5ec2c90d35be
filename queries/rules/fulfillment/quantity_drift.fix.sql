/* +++
what   = "Writes the units of the parcel where the shipment itself has a field for them."
safety = "review"
+++ */
select
  f.finding_id,
  'fulfillments' as entity,
  f.salesforce_id,
  f.system,
  f.record_id,
  w.role,
  w.value
from findings as f
inner join wanted as w on f.system = w.system and f.record_id = w.record_id and w.entity = 'fulfillments'
where w.role = 'quantity' and w.value is not null
