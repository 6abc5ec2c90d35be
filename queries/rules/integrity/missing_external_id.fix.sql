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
  case when f.confidence <> 'certain' then 'review' end as safety
from findings as f
