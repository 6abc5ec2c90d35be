/* +++
what   = "Writes the shop's given and family name."
safety = "review"
+++ */
select
  f.finding_id,
  'customers' as entity,
  f.salesforce_id,
  f.system,
  f.record_id,
  w.role,
  w.value
from findings as f
inner join wanted as w on f.system = w.system and f.record_id = w.record_id and w.entity = 'customers'
where w.role in ('first_name', 'last_name') and w.value is not null
