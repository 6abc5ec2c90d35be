/* +++
what   = "Writes the owner's quantity. Stock moves all the time, so a person should look at it close to the moment."
safety = "review"
+++ */
select
  f.finding_id,
  'inventory_levels' as entity,
  f.salesforce_id,
  f.system,
  f.record_id,
  d.field.field as role,
  d.field.shop as value
from findings as f, unnest(f.diff) as d (field)
