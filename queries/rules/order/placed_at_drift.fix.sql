/* +++
what   = "Writes when the order was placed, and the day in the time zone of the shop."
safety = "review"
+++ */
select
  f.finding_id,
  'orders' as entity,
  f.salesforce_id,
  f.system,
  f.record_id,
  w.role,
  w.value
from findings as f
inner join wanted as w on f.system = w.system and f.record_id = w.record_id and w.entity = 'orders'
where w.role in ('placed_at', 'placed_date')
