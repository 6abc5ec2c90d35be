/* +++
after = ["matched"]
+++ */
-- Variants and their Salesforce products: by external id, else by SKU. A SKU that several variants of a shop share decides nothing; one that
-- several shops sell is one product in Salesforce, linked to each of them.
with
shop as (
  select
    p.system,
    s.side,
    p.record_id,
    external_key(p.record_id) as id_key,
    p.sku_key
  from products as p
  inner join matched as m on p.system = m.system and m.entity = 'products'
  inner join systems as s on p.system = s.system
  where p.deleted_at is null
),

shops as (
  select coalesce(list(m.system) filter (where s.side = 'shop'), []) as names
  from matched as m
  inner join systems as s on m.system = s.system
  where m.entity = 'products'
),

salesforce as materialized (
  select
    p.system,
    p.record_id,
    own_ids(p.external_ids) as own_ids,
    external_key(p.external_ids['external_id']) as external_key,
    p.sku_key,
    coalesce(p.status, 'active') <> 'active' as is_retired,
    p.created_at
  from products as p
  inner join systems as s on p.system = s.system
  where s.side = 'salesforce' and p.deleted_at is null
),

own as (
  select
    e.system,
    e.record_id,
    e.is_retired,
    e.created_at,
    e.entry.key as shop_system,
    external_key(e.entry.value) as external_key
  from (
    select
      f.system,
      f.record_id,
      f.is_retired,
      f.created_at,
      unnest(map_entries(f.own_ids)) as entry
    from salesforce as f
    where f.own_ids is not null
  ) as e
  where e.entry.key <> 'external_id' and e.entry.value is not null
),

by_shared_id as (
  select
    shop.system as shop_system,
    shop.record_id as shop_id,
    f.system as salesforce_system,
    f.record_id as salesforce_id,
    f.is_retired,
    f.created_at,
    coalesce(f.sku_key = shop.sku_key, false) as is_same,
    count(*) over (partition by f.system, f.record_id) as claimants
  from salesforce as f
  inner join shop on f.external_key = shop.id_key
  where shares_id(f.own_ids, shop.system, shop.side, (select n.names from shops as n))
),

-- Shops that count from 1 have the same ids: where a shared field is claimed by several, the SKU tells whose it is.
told_apart as (
  select
    *,
    bool_or(is_same) over (partition by salesforce_system, salesforce_id) as is_told
  from by_shared_id
),

by_id as materialized (
  select
    shop_system,
    shop_id,
    salesforce_system,
    salesforce_id,
    is_retired,
    created_at,
    claimants = 1 or is_told as is_certain
  from told_apart
  where claimants = 1 or is_same or not is_told
  union all
  select
    shop.system as shop_system,
    shop.record_id as shop_id,
    o.system as salesforce_system,
    o.record_id as salesforce_id,
    o.is_retired,
    o.created_at,
    true as is_certain
  from own as o
  inner join shop on o.shop_system = shop.system and o.external_key = shop.id_key
),

certain as (
  select *
  from by_id
  where is_certain
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
  anti join certain as l on shop.system = l.shop_system and shop.record_id = l.shop_id
  inner join salesforce as f on shop.sku_key = f.sku_key
  anti join certain as other on f.system = other.salesforce_system and f.record_id = other.salesforce_id and shop.system = other.shop_system
),

found as (
  select
    shop_system,
    shop_id,
    salesforce_system,
    salesforce_id,
    is_retired,
    created_at,
    'external_id' as method,
    case when is_certain then 'certain' else 'ambiguous' end as certainty
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
