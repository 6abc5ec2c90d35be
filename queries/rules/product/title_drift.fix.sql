/* +++
what   = "Writes the owner's title."
safety = "safe"
+++ */
select
  f.finding_id,
  'products' as entity,
  f.salesforce_id,
  f.system,
  f.record_id,
  w.role,
  w.value
from findings as f
inner join wanted as w on f.system = w.system and f.record_id = w.record_id and w.entity = 'products'
where w.role = 'title' and w.value is not null
