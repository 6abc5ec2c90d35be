/* +++
what   = "Writes the negotiated price of the owner into the price book entry."
safety = "review"
+++ */
select
  f.finding_id,
  'prices' as entity,
  f.salesforce_id,
  f.system,
  f.record_id,
  'amount' as role,
  d.field.shop as value
from findings as f, unnest(f.diff) as d (field)
where d.field.field = 'amount'
