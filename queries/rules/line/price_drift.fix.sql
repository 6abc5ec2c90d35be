/* +++
what   = "Writes the price that was charged, while the order is a draft; the prices of an activated order are fixed."
safety = "review"
+++ */
select
  f.finding_id,
  'order_lines' as entity,
  f.salesforce_id,
  f.system,
  f.record_id,
  w.role,
  w.value
from findings as f
inner join wanted as w on f.system = w.system and f.record_id = w.record_id and w.entity = 'order_lines'
where w.role = 'unit_price'
