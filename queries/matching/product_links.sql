/* +++
after = []
+++ */
-- Variants and their Salesforce products: by external id, else by SKU. A SKU that several variants of a shop share decides nothing.
with
shop as (
  select
    p.system,
    p.record_id,
    p.sku_key
  from products as p
  inner join systems as s on p.system = s.system
  where s.side = 'shop' and p.deleted_at is null
),

salesforce as (
  select
    p.system,
    p.record_id,
    external_key(p.external_ids['external_id']) as external_key,
    p.sku_key,
    coalesce(p.status, 'active') <> 'active' as is_retired,
    p.created_at
  from products as p
  inner join systems as s on p.system = s.system
  where s.side = 'salesforce' and p.deleted_at is null
),

by_id as materialized (
  select
    shop.system as shop_system,
    shop.record_id as shop_id,
    f.system as salesforce_system,
    f.record_id as salesforce_id,
    f.is_retired,
    f.created_at
  from salesforce as f
  inner join shop on f.external_key = shop.record_id
),

by_sku as (
  select
    shop.system as shop_system,
    shop.record_id as shop_id,
    f.system as salesforce_system,
    f.record_id as salesforce_id,
    f.is_retired,
    f.created_at
  from shop
  anti join by_id as l on shop.system = l.shop_system and shop.record_id = l.shop_id
  inner join salesforce as f on shop.sku_key = f.sku_key
  anti join by_id as other on f.system = other.salesforce_system and f.record_id = other.salesforce_id and shop.system = other.shop_system
),

found as (
  select
    *,
    'external_id' as method,
    'certain' as certainty
  from by_id
  union all
  select
    *,
    'sku' as method,
    case when count(*) over (partition by shop_system, salesforce_system, salesforce_id) > 1 then 'ambiguous' else 'certain' end as certainty
  from by_sku
)

select
  shop_system,
  shop_id,
  salesforce_system,
  salesforce_id,
  method,
  certainty,
  certainty <> 'ambiguous'
  and row_number() over (
    partition by shop_system, shop_id, salesforce_system
    order by certainty = 'ambiguous', is_retired, created_at nulls last, salesforce_id
  ) = 1 as is_primary
from found
