/* +++
what   = "Writes the shop's id over the id that no customer has."
safety = "review"
+++ */
select
  f.finding_id,
  'customers' as entity,
  f.salesforce_id,
  f.system,
  f.record_id,
  'external_id' as role,
  f.record_id as value
from findings as f
