/* +++
what   = "Writes the number of orders and the spend that follow from the shop's orders."
safety = "review"
+++ */
select
  f.finding_id,
  'customers' as entity,
  f.salesforce_id,
  f.system,
  f.record_id,
  d.field.field as role,
  d.field.shop as value
from findings as f, unnest(f.diff) as d (field)
