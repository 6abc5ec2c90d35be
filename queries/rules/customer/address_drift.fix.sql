/* +++
what   = "Writes the shop's postal address as a whole."
safety = "review"
+++ */
select
  f.finding_id,
  'customers' as entity,
  f.salesforce_id,
  f.system,
  f.record_id,
  w.role,
  w.value
from findings as f
inner join wanted as w on f.system = w.system and f.record_id = w.record_id and w.entity = 'customers'
where w.role in ('address1', 'address2', 'city', 'region', 'postal_code', 'country')
