/* +++
what   = "Writes the price list that the company buys from in the shop."
safety = "review"
+++ */
select
  f.finding_id,
  'companies' as entity,
  f.salesforce_id,
  f.system,
  f.record_id,
  w.role,
  w.value
from findings as f
inner join wanted as w on f.system = w.system and f.record_id = w.record_id and w.entity = 'companies'
where w.role = 'price_list'
