/* +++
what   = "Proposes a merge into the suggested survivor; marks the others where recon.toml names a field for that. recon never merges."
safety = "review"
+++ */
with members as (
  select
    f.finding_id,
    f.system,
    f.salesforce_id as record_id,
    coalesce(cast(f.evidence as json) ->> '$.survivor', f.salesforce_id) as survivor
  from findings as f
  union
  select
    f.finding_id,
    r.related.system as system,
    r.related.record_id as record_id,
    coalesce(cast(f.evidence as json) ->> '$.survivor', f.salesforce_id) as survivor
  from findings as f, unnest(f.related) as r (related)
)

select
  m.finding_id,
  'customers' as entity,
  m.record_id as salesforce_id,
  m.system,
  m.record_id,
  'duplicate_of' as role,
  m.survivor as value
from members as m
where m.record_id <> m.survivor
