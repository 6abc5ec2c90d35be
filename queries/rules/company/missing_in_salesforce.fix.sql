/* +++
what   = "Makes the company's record with the shop's id, name and price list."
safety = "review"
+++ */
select
  f.finding_id,
  'companies' as entity,
  cast(null as varchar) as salesforce_id,
  f.system,
  f.record_id,
  w.role,
  w.value
from findings as f
inner join wanted as w on f.system = w.system and f.record_id = w.record_id and w.entity = 'companies'
