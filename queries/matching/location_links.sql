/* +++
after = ["matched"]
+++ */
-- Locations: by external id, else by code, else by name without regard to case, blanks and punctuation. Where several fit, all are named and
-- none is taken.
with
shop as (
  select
    l.system,
    s.side,
    l.record_id,
    external_key(l.record_id) as id_key,
    nullif(letters(l.code), '') as code_key,
    nullif(letters(l.name), '') as name_key
  from locations as l
  inner join matched as m on l.system = m.system and m.entity = 'locations'
  inner join systems as s on l.system = s.system
  where l.deleted_at is null
),

shops as (
  select coalesce(list(m.system) filter (where s.side = 'shop'), []) as names
  from matched as m
  inner join systems as s on m.system = s.system
  where m.entity = 'locations'
),

salesforce as (
  select
    l.system,
    l.record_id,
    l.external_ids,
    own_ids(l.external_ids) as own_ids,
    nullif(letters(l.code), '') as code_key,
    nullif(letters(l.name), '') as name_key
  from locations as l
  inner join systems as s on l.system = s.system
  where s.side = 'salesforce' and l.deleted_at is null
),

-- Few rows: each is asked for its id in each system.
claimed as (
  select
    shop.system as shop_system,
    shop.record_id as shop_id,
    f.system as salesforce_system,
    f.record_id as salesforce_id,
    not coalesce(map_contains(f.own_ids, shop.system), false) as is_shared,
    coalesce(shop.code_key = f.code_key or shop.name_key = f.name_key, false) as is_same
  from salesforce as f
  inner join shop
    on
      external_key(id_for(f.external_ids, shop.system)) = shop.id_key
      and (
        coalesce(map_contains(f.own_ids, shop.system), false)
        or shares_id(f.own_ids, shop.system, shop.side, (select n.names from shops as n))
      )
),

-- Shops that count from 1 have the same ids: where a shared field is claimed by several, the name tells whose it is.
told_apart as (
  select
    *,
    count(*) filter (where is_shared) over (partition by salesforce_system, salesforce_id) as claimants,
    coalesce(bool_or(is_same) filter (where is_shared) over (partition by salesforce_system, salesforce_id), false) as is_told
  from claimed
),

by_id as (
  select
    shop_system,
    shop_id,
    salesforce_system,
    salesforce_id
  from told_apart
  where not is_shared or claimants = 1 or (is_told and is_same)
),

coded as (
  select
    shop.system as shop_system,
    shop.record_id as shop_id,
    f.system as salesforce_system,
    f.record_id as salesforce_id,
    count(*) over (partition by shop.system, shop.record_id, f.system) as here,
    count(*) over (partition by f.system, f.record_id, shop.system) as there
  from shop
  anti join by_id as l on shop.system = l.shop_system and shop.record_id = l.shop_id
  inner join salesforce as f on shop.code_key = f.code_key
  anti join by_id as other on f.system = other.salesforce_system and f.record_id = other.salesforce_id and shop.system = other.shop_system
),

-- What a code decides is nobody else's by name.
named as (
  select
    shop.system as shop_system,
    shop.record_id as shop_id,
    f.system as salesforce_system,
    f.record_id as salesforce_id,
    count(*) over (partition by shop.system, shop.record_id, f.system) as here,
    count(*) over (partition by f.system, f.record_id, shop.system) as there
  from shop
  anti join by_id as l on shop.system = l.shop_system and shop.record_id = l.shop_id
  inner join salesforce as f on shop.name_key = f.name_key
  anti join by_id as other on f.system = other.salesforce_system and f.record_id = other.salesforce_id and shop.system = other.shop_system
  anti join coded as k on shop.system = k.shop_system and shop.record_id = k.shop_id and f.system = k.salesforce_system
  anti join coded as taken
    on f.system = taken.salesforce_system and f.record_id = taken.salesforce_id and shop.system = taken.shop_system and taken.here = 1 and taken.there = 1
),

likely as (
  select
    *,
    'code' as method
  from coded
  union all
  select
    *,
    'name' as method
  from named
)

select
  shop_system,
  shop_id,
  salesforce_system,
  salesforce_id,
  'external_id' as method,
  'certain' as certainty,
  row_number() over (partition by shop_system, shop_id, salesforce_system order by salesforce_id) = 1 as is_primary
from by_id
union all
select
  t.shop_system,
  t.shop_id,
  t.salesforce_system,
  t.salesforce_id,
  'external_id' as method,
  'ambiguous' as certainty,
  false as is_primary
from told_apart as t
anti join by_id as l on t.salesforce_system = l.salesforce_system and t.shop_system = l.shop_system and t.shop_id = l.shop_id
where t.is_shared and t.claimants > 1 and not t.is_told
union all
select
  shop_system,
  shop_id,
  salesforce_system,
  salesforce_id,
  method,
  case when here = 1 and there = 1 then 'likely' else 'ambiguous' end as certainty,
  here = 1 and there = 1 as is_primary
from likely
