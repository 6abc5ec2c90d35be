/* +++
what   = "Makes the product that the shop sold under the SKU, with its entries in the standard and the shop's price book."
safety = "review"
+++ */
with sold as (
  select
    f.finding_id,
    f.system,
    f.record_id,
    p.record_id as product_id
  from findings as f
  inner join order_lines as n on f.system = n.system and f.record_id = n.record_id
  left join products as p on n.system = p.system and n.variant_id = p.record_id and p.deleted_at is null
)

select
  s.finding_id,
  'products' as entity,
  cast(null as varchar) as salesforce_id,
  s.system,
  s.product_id as record_id,
  w.role,
  w.value,
  cast(null as varchar) as reason
from sold as s
inner join wanted as w on s.system = w.system and s.product_id = w.record_id and w.entity = 'products'
union all
select
  s.finding_id,
  'prices' as entity,
  cast(null as varchar) as salesforce_id,
  p.system,
  p.record_id,
  w.role,
  w.value,
  cast(null as varchar) as reason
from sold as s
inner join prices as p on s.system = p.system and s.product_id = p.variant_id
inner join wanted as w on p.system = w.system and p.record_id = w.record_id and w.entity = 'prices'
where p.deleted_at is null and p.is_active is not false
union all
select
  s.finding_id,
  'products' as entity,
  cast(null as varchar) as salesforce_id,
  s.system,
  s.record_id,
  'sku' as role,
  cast(null as varchar) as value,
  'The shop has no product of that SKU any more: mend the SKU of the line, or make the product by hand.' as reason
from sold as s
where s.product_id is null
