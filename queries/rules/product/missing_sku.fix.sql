/* +++
what   = "Writes the owner's SKU where only Salesforce lacks it."
safety = "safe"
+++ */
select
  f.finding_id,
  'products' as entity,
  f.salesforce_id,
  f.system,
  f.record_id,
  w.role,
  w.value,
  case when f.salesforce_id is null then 'The product has no SKU in the shop: give it one there.' end as reason
from findings as f
inner join wanted as w on f.system = w.system and f.record_id = w.record_id and w.entity = 'products'
where w.role = 'sku'
