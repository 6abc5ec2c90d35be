/* +++
after = ["matched", "customer_links"]
+++ */
-- Subscriptions by external id, else, among those that carry none, by customer: nothing but the amount tells two of one customer apart, and
-- where it does not all are named and none is taken. One that has ended does not stand for one that runs.
with
shop as (
  select
    c.system,
    s.side,
    c.record_id,
    external_key(c.record_id) as id_key,
    c.customer_id,
    c.amount,
    c.status in ('cancelled', 'expired') as has_ended
  from subscriptions as c
  inner join matched as m on c.system = m.system and m.entity = 'subscriptions'
  inner join systems as s on c.system = s.system
  where c.deleted_at is null
),

shops as (
  select coalesce(list(m.system) filter (where s.side = 'shop'), []) as names
  from matched as m
  inner join systems as s on m.system = s.system
  where m.entity = 'subscriptions'
),

salesforce as (
  select
    c.system,
    c.record_id,
    c.external_ids,
    own_ids(c.external_ids) as own_ids,
    c.customer_id
  from subscriptions as c
  inner join systems as s on c.system = s.system
  where s.side = 'salesforce' and c.deleted_at is null and c.external_ids is not null
),

sides as (
  select distinct
    x.system,
    x.side
  from shop as x
),

claims as (
  select
    shop.system as shop_system,
    f.system as salesforce_system,
    f.record_id as salesforce_id,
    f.customer_id,
    external_key(id_for(f.external_ids, shop.system)) as id_key,
    not coalesce(map_contains(f.own_ids, shop.system), false) as is_shared
  from salesforce as f
  cross join sides as shop
  where
    coalesce(map_contains(f.own_ids, shop.system), false)
    or shares_id(f.own_ids, shop.system, shop.side, (select n.names from shops as n))
),

claimed as (
  select
    c.shop_system,
    shop.record_id as shop_id,
    c.salesforce_system,
    c.salesforce_id,
    c.is_shared,
    p.shop_id is not null as is_same,
    count(*) filter (where c.is_shared) over (partition by c.salesforce_system, c.salesforce_id) as claimants
  from claims as c
  inner join shop on c.shop_system = shop.system and c.id_key = shop.id_key
  left join customer_links as p
    on
      shop.system = p.shop_system
      and shop.customer_id = p.shop_id
      and c.salesforce_system = p.salesforce_system
      and c.customer_id = p.salesforce_id
),

-- Shops that count from 1 have the same ids: where a shared field is claimed by several, the customer tells whose it is.
told as (
  select
    *,
    coalesce(bool_or(is_same) over (partition by salesforce_system, salesforce_id), false) as is_told
  from claimed
),

by_id as materialized (
  select
    shop_system,
    shop_id,
    salesforce_system,
    salesforce_id,
    not is_shared or claimants = 1 or is_told as is_certain
  from told
  where not is_shared or claimants = 1 or is_same or not is_told
),

nameless as (
  select
    c.system,
    c.record_id,
    c.customer_id,
    c.amount,
    c.status in ('cancelled', 'expired') as has_ended
  from subscriptions as c
  inner join systems as s on c.system = s.system
  where s.side = 'salesforce' and c.deleted_at is null and c.customer_id is not null and any_id(c.external_ids) is null
),

of_customer as (
  select
    shop.system as shop_system,
    shop.record_id as shop_id,
    f.system as salesforce_system,
    f.record_id as salesforce_id,
    case when shop.amount = f.amount then 1 else 0 end as likeness
  from shop
  anti join by_id as l on shop.system = l.shop_system and shop.record_id = l.shop_id
  inner join customer_links as p on shop.system = p.shop_system and shop.customer_id = p.shop_id and p.is_primary
  inner join nameless as f on p.salesforce_system = f.system and p.salesforce_id = f.customer_id
  where f.has_ended is not true or shop.has_ended is true
),

best as (
  select
    *,
    max(likeness) over (partition by shop_system, shop_id, salesforce_system) as best_here,
    max(likeness) over (partition by salesforce_system, salesforce_id) as best_there
  from of_customer
),

by_customer as (
  select
    shop_system,
    shop_id,
    salesforce_system,
    salesforce_id,
    count(*) over (partition by shop_system, shop_id, salesforce_system) = 1
    and count(*) over (partition by salesforce_system, salesforce_id) = 1 as is_only
  from best
  where likeness = best_here and likeness = best_there
)

select
  shop_system,
  shop_id,
  salesforce_system,
  salesforce_id,
  'external_id' as method,
  case when is_certain then 'certain' else 'ambiguous' end as certainty,
  is_certain and row_number() over (partition by shop_system, shop_id, salesforce_system order by salesforce_id) = 1 as is_primary
from by_id
union all
select
  shop_system,
  shop_id,
  salesforce_system,
  salesforce_id,
  'customer' as method,
  case when is_only then 'likely' else 'ambiguous' end as certainty,
  is_only as is_primary
from by_customer
