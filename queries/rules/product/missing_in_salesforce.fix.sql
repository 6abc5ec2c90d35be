/* +++
what   = "Makes the product with its SKU and its entries in the standard and the shop's price book."
safety = "review"
+++ */
select
  f.finding_id,
  'products' as entity,
  cast(null as varchar) as salesforce_id,
  f.system,
  f.record_id,
  w.role,
  w.value
from findings as f
inner join wanted as w on f.system = w.system and f.record_id = w.record_id and w.entity = 'products'
union all
select
  f.finding_id,
  'prices' as entity,
  cast(null as varchar) as salesforce_id,
  p.system,
  p.record_id,
  w.role,
  w.value
from findings as f
inner join prices as p on f.system = p.system and f.record_id = p.variant_id
inner join wanted as w on p.system = w.system and p.record_id = w.record_id and w.entity = 'prices'
where p.deleted_at is null and p.is_active is not false
