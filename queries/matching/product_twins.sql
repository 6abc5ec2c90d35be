/* +++
after = ["followers", "product_links"]
+++ */
-- Products of a shop and of the ERP that it follows: linked to one Salesforce product, else the only ones with their SKU.
with
pairs as (
  select distinct
    f.system,
    f.owner
  from followers as f
  where f.entity in ('products', 'prices', 'inventory_levels')
),

linked as materialized (
  select
    s.shop_system,
    s.shop_id,
    e.shop_system as erp_system,
    min(e.shop_id) as erp_id
  from pairs as p
  inner join product_links as s on p.system = s.shop_system and s.is_primary
  inner join product_links as e
    on p.owner = e.shop_system and s.salesforce_system = e.salesforce_system and s.salesforce_id = e.salesforce_id and e.is_primary
  group by
    s.shop_system,
    s.shop_id,
    e.shop_system
  having count(distinct e.shop_id) = 1
),

shop_skus as (
  select
    p.system,
    p.owner,
    v.sku_key,
    min(v.record_id) as record_id
  from pairs as p
  inner join products as v on p.system = v.system
  where v.deleted_at is null and v.sku_key is not null
  group by
    p.system,
    p.owner,
    v.sku_key
  having count(*) = 1
),

erp_skus as (
  select
    v.system,
    v.sku_key,
    min(v.record_id) as record_id
  from products as v
  semi join pairs as p on v.system = p.owner
  where v.deleted_at is null and v.sku_key is not null
  group by
    v.system,
    v.sku_key
  having count(*) = 1
)

select
  shop_system,
  shop_id,
  erp_system,
  erp_id,
  'salesforce' as method
from linked
union all
select
  s.system as shop_system,
  s.record_id as shop_id,
  e.system as erp_system,
  e.record_id as erp_id,
  'sku' as method
from shop_skus as s
inner join erp_skus as e on s.owner = e.system and s.sku_key = e.sku_key
anti join linked as k on s.system = k.shop_system and s.record_id = k.shop_id and e.system = k.erp_system
