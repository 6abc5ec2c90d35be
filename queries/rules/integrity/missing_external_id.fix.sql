/* +++
what   = "Writes the shop's id into the blank external id field."
safety = "safe"
+++ */
select
  f.finding_id,
  f.entity,
  f.salesforce_id,
  f.system,
  f.record_id,
  'external_id' as role,
  f.record_id as value,
  case when f.confidence <> 'certain' then 'review' end as safety,
  case when f.confidence = 'review' then 'Several records fit, and which one it is has to be said by a person.' end as reason
from findings as f
