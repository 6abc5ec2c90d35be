/* +++
what   = "Proposes which copy to keep, and marks the others where recon.toml names a field for that; nothing is merged or deleted."
safety = "review"
+++ */
select
  f.finding_id,
  'orders' as entity,
  f.salesforce_id,
  f.system,
  f.record_id,
  'duplicate_of' as role,
  r.related.record_id as value
from findings as f, unnest(f.related) as r (related)
