/* +++
after = ["followers", "location_links"]
+++ */
-- Locations of a shop and of the ERP that it follows: linked to one Salesforce location, else the only ones of their code or name.
with
pairs as (
  select distinct
    f.system,
    f.owner
  from followers as f
  where f.entity in ('locations', 'inventory_levels')
),

linked as materialized (
  select
    s.shop_system,
    s.shop_id,
    e.shop_system as erp_system,
    min(e.shop_id) as erp_id
  from pairs as p
  inner join location_links as s on p.system = s.shop_system and s.is_primary
  inner join location_links as e
    on p.owner = e.shop_system and s.salesforce_system = e.salesforce_system and s.salesforce_id = e.salesforce_id and e.is_primary
  group by
    s.shop_system,
    s.shop_id,
    e.shop_system
  having count(distinct e.shop_id) = 1
),

named as (
  select
    p.system as shop_system,
    s.record_id as shop_id,
    p.owner as erp_system,
    e.record_id as erp_id,
    case when letters(s.code) = letters(e.code) then 'code' else 'name' end as method
  from pairs as p
  inner join locations as s on p.system = s.system and s.deleted_at is null
  inner join locations as e
    on p.owner = e.system and e.deleted_at is null and (letters(s.code) = letters(e.code) or letters(s.name) = letters(e.name))
  anti join linked as k on p.system = k.shop_system and s.record_id = k.shop_id and p.owner = k.erp_system
),

best as (
  select
    *,
    min(method) over (partition by shop_system, shop_id, erp_system) as best_method
  from named
),

counted as (
  select
    *,
    count(*) over (partition by shop_system, shop_id, erp_system) as here,
    count(*) over (partition by erp_system, erp_id, shop_system) as there
  from best
  where method = best_method
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
  shop_system,
  shop_id,
  erp_system,
  erp_id,
  method
from counted
where here = 1 and there = 1
