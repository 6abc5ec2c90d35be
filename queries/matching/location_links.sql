/* +++
after = []
+++ */
-- Locations: by external id, else by code, else by name without regard to case, blanks and punctuation.
with
shop as (
  select
    l.system,
    l.record_id,
    letters(l.code) as code_key,
    letters(l.name) as name_key
  from locations as l
  inner join systems as s on l.system = s.system
  where s.side = 'shop' and l.deleted_at is null
),

salesforce as (
  select
    l.system,
    l.record_id,
    external_key(l.external_ids['external_id']) as external_key,
    letters(l.code) as code_key,
    letters(l.name) as name_key
  from locations as l
  inner join systems as s on l.system = s.system
  where s.side = 'salesforce' and l.deleted_at is null
),

by_id as (
  select
    shop.system as shop_system,
    shop.record_id as shop_id,
    f.system as salesforce_system,
    f.record_id as salesforce_id
  from salesforce as f
  inner join shop on f.external_key = shop.record_id
),

named as (
  select
    shop.system as shop_system,
    shop.record_id as shop_id,
    f.system as salesforce_system,
    f.record_id as salesforce_id,
    case when shop.code_key = f.code_key then 'code' else 'name' end as method
  from shop
  anti join by_id as l on shop.system = l.shop_system and shop.record_id = l.shop_id
  inner join salesforce as f on shop.code_key = f.code_key or shop.name_key = f.name_key
  anti join by_id as other on f.system = other.salesforce_system and f.record_id = other.salesforce_id and shop.system = other.shop_system
),

best as (
  select
    *,
    min(method) over (partition by shop_system, shop_id, salesforce_system) as best_method
  from named
),

by_name as (
  select
    *,
    count(*) over (partition by shop_system, shop_id, salesforce_system) as here,
    count(*) over (partition by salesforce_system, salesforce_id, shop_system) as there
  from best
  where method = best_method
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
  shop_system,
  shop_id,
  salesforce_system,
  salesforce_id,
  method,
  case when here = 1 and there = 1 then 'likely' else 'ambiguous' end as certainty,
  here = 1 and there = 1 as is_primary
from by_name
