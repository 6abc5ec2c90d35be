/* +++
after = ["matched"]
+++ */
-- Companies: by external id, else by name without regard to case, accents, blanks and punctuation. Where several fit, all are named and none is
-- taken.
with
shop as (
  select
    c.system,
    s.side,
    c.record_id,
    external_key(c.record_id) as id_key,
    nullif(letters(c.name), '') as name_key
  from companies as c
  inner join matched as m on c.system = m.system and m.entity = 'companies'
  inner join systems as s on c.system = s.system
  where c.deleted_at is null
),

shops as (
  select coalesce(list(m.system) filter (where s.side = 'shop'), []) as names
  from matched as m
  inner join systems as s on m.system = s.system
  where m.entity = 'companies'
),

salesforce as (
  select
    c.system,
    c.record_id,
    c.external_ids,
    own_ids(c.external_ids) as own_ids,
    nullif(letters(c.name), '') as name_key
  from companies as c
  inner join systems as s on c.system = s.system
  where s.side = 'salesforce' and c.deleted_at is null
),

sides as (
  select distinct
    x.system,
    x.side
  from shop as x
),

-- Each key of a record is a claim: that of a shop's own field, and the shared one of every shop that has no field of its own.
claims as (
  select
    shop.system as shop_system,
    f.system as salesforce_system,
    f.record_id as salesforce_id,
    f.name_key,
    external_key(id_for(f.external_ids, shop.system)) as id_key,
    not coalesce(map_contains(f.own_ids, shop.system), false) as is_shared
  from salesforce as f
  cross join sides as shop
  where
    f.external_ids is not null
    and (
      coalesce(map_contains(f.own_ids, shop.system), false)
      or shares_id(f.own_ids, shop.system, shop.side, (select n.names from shops as n))
    )
),

claimed as (
  select
    c.shop_system,
    shop.record_id as shop_id,
    c.salesforce_system,
    c.salesforce_id,
    c.is_shared,
    coalesce(shop.name_key = c.name_key, false) as is_same
  from claims as c
  inner join shop on c.shop_system = shop.system and c.id_key = shop.id_key
),

-- Shops that count from 1 have the same ids: where a shared field is claimed by several, the name tells whose it is.
told_apart as (
  select
    *,
    count(*) filter (where is_shared) over (partition by salesforce_system, salesforce_id) as claimants,
    coalesce(bool_or(is_same) filter (where is_shared) over (partition by salesforce_system, salesforce_id), false) as is_told
  from claimed
),

by_id as materialized (
  select
    shop_system,
    shop_id,
    salesforce_system,
    salesforce_id
  from told_apart
  where not is_shared or claimants = 1 or (is_told and is_same)
),

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
  'name' as method,
  case when here = 1 and there = 1 then 'likely' else 'ambiguous' end as certainty,
  here = 1 and there = 1 as is_primary
from named
