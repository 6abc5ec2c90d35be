/* +++
what   = "Marks the order as a test in the field that is mapped to is_test; nothing is deleted."
safety = "safe"
+++ */
select
  f.finding_id,
  'orders' as entity,
  f.salesforce_id,
  f.system,
  f.record_id,
  'is_test' as role,
  'true' as value
from findings as f
