/* +++
title = "How many records of Salesforce are surplus: second copies of an order, further records of a person"
+++ */
with extra as (
  select distinct
    l.salesforce_system,
    l.salesforce_id
  from order_links as l
  inner join compared as c on l.shop_system = c.system and c.entity = 'orders'
  inner join orders as f on l.salesforce_system = f.system and l.salesforce_id = f.record_id
  where not l.is_primary and l.certainty <> 'ambiguous' and f.deleted_at is null and f.original_order_id is null and f.is_test is not true
),

people as (
  select
    k.system,
    k.cluster_id,
    count(*) as members
  from customer_clusters as k
  inner join systems as s on k.system = s.system and s.side = 'salesforce'
  where k.certainty in ('certain', 'likely')
  group by
    k.system,
    k.cluster_id
)

select
  'orders' as entity,
  s.system,
  (
    select count(*) from orders as o
    where o.system = s.system and o.deleted_at is null and o.is_test is not true
  ) as records,
  (
    select count(*) from extra as x
    where x.salesforce_system = s.system
  ) as surplus
from systems as s
where s.side = 'salesforce'
union all
select
  'customers' as entity,
  s.system,
  (
    select count(*) from customers as c
    where c.system = s.system and c.deleted_at is null
  ) as records,
  cast(coalesce((
    select sum(p.members - 1) from people as p
    where p.system = s.system
  ), 0) as bigint) as surplus
from systems as s
where s.side = 'salesforce'
order by all
