/* +++
after = ["matched", "id_affixes"]
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

-- Ids that stand in something constant: SHOP-5001 is 5001 where enough records prove it.
dressed as materialized (
  select
    f.system,
    f.record_id,
    f.is_retired,
    f.created_at,
    cast(null as varchar) as field_of,
    f.external_key as key
  from salesforce as f
  where
    is_dressed(
      f.external_key) and exists (
      select 1 from id_affixes as a
      where a.entity = 'products'
    )
  union all
  select
    o.system,
    o.record_id,
    o.is_retired,
    o.created_at,
    o.shop_system as field_of,
    o.external_key as key
  from own as o
  where is_dressed(
    o.external_key) and exists (
    select 1 from id_affixes as a
    where a.entity = 'products'
  )
),

undressed as (
  select
    d.system,
    d.record_id,
    d.is_retired,
    d.created_at,
    a.shop_system,
    affix_core(d.key) as core,
    concat_ws(' and ', nullif(a.prefix, ''), nullif(a.suffix, '')) as affix
  from dressed as d
  inner join id_affixes as a
    on d.system = a.salesforce_system and affix_prefix(d.key) = a.prefix and affix_suffix(d.key) = a.suffix
  where a.entity = 'products' and a.kind = 'id' and coalesce(d.field_of, a.shop_system) = a.shop_system
),

by_id as materialized (
  select
    shop_system,
    shop_id,
    salesforce_system,
    salesforce_id,
    is_retired,
    created_at,
    claimants = 1 or is_told as is_certain,
    case when is_same then 'id, sku' else 'id' end as evidence
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
    true as is_certain,
    'id' as evidence
  from own as o
  inner join shop on o.shop_system = shop.system and o.external_key = shop.id_key
  union all
  select
    shop.system as shop_system,
    shop.record_id as shop_id,
    u.system as salesforce_system,
    u.record_id as salesforce_id,
    u.is_retired,
    u.created_at,
    true as is_certain,
    'id without ' || u.affix as evidence
  from undressed as u
  inner join shop on u.shop_system = shop.system and u.core = shop.id_key
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
    case when is_certain then 'certain' else 'ambiguous' end as certainty,
    evidence
  from by_id
  union all
  select
    *,
    'sku' as method,
    case when count(*) over (partition by shop_system, salesforce_system, salesforce_id) > 1 then 'ambiguous' else 'certain' end as certainty,
    'sku' as evidence
  from by_sku
)

select
  shop_system,
  shop_id,
  salesforce_system,
  salesforce_id,
  method,
  certainty,
  evidence,
  certainty <> 'ambiguous'
  and row_number() over (
    partition by shop_system, shop_id, salesforce_system
    order by certainty = 'ambiguous', is_retired, created_at nulls last, salesforce_id
  ) = 1 as is_primary
from found
