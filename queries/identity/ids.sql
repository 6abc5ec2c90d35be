-- Ids of shops' customers that records carry, or are: two records of one id are one customer, or somebody mixed them up.
create or replace table identity.ids as
with
shops as (
  select count(*) as shops
  from systems
  where side = 'shop'
),

linked as (
  select
    l.shop_system || '|' || l.shop_id as id,
    unnest([
      { 'system': l.shop_system, 'record_id': l.shop_id },
      { 'system': l.salesforce_system, 'record_id': l.salesforce_id }
    ]) as r
  from customer_links as l
  where l.method = 'external_id' and l.certainty = 'certain'
),

carried as (
  select
    s.rid,
    unnest(map_entries(s.external_ids)) as entry
  from identity.sources as s
  inner join systems as o on s.system = o.system and o.side = 'salesforce'
  where s.external_ids is not null
)

select
  s.rid,
  l.id
from linked as l
inner join identity.sources as s on l.r.system = s.system and l.r.record_id = s.record_id
union
select
  c.rid,
  c.entry.key || '|' || external_key(c.entry.value) as id
from carried as c
cross join shops as n
-- Shops that count from 1 have the same ids: a field that they share says nothing.
where external_key(c.entry.value) is not null and (c.entry.key <> 'external_id' or n.shops <= 1);
