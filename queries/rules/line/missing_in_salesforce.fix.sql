/* +++
what   = "Adds the line to the order while that is a draft; an activated order takes no more lines."
safety = "review"
+++ */
select
  f.finding_id,
  'order_lines' as entity,
  cast(null as varchar) as salesforce_id,
  f.system,
  f.record_id,
  w.role,
  w.value
from findings as f
inner join wanted as w on f.system = w.system and f.record_id = w.record_id and w.entity = 'order_lines'
