/* +++
what   = "Makes the record of the return under its order."
safety = "review"
+++ */
select
  f.finding_id,
  'returns' as entity,
  cast(null as varchar) as salesforce_id,
  f.system,
  f.record_id,
  w.role,
  w.value
from findings as f
inner join wanted as w on f.system = w.system and f.record_id = w.record_id and w.entity = 'returns'
