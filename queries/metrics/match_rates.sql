/* +++
title = "How many records were found on both sides"
+++ */
-- Lines are counted and not joined: they are the longest table, and links only hold lines that are not deleted. Refunds, returns and shipments
-- are those of linked orders that their rules look at.
with entities as (
  select 'orders' as entity
  union all
  select 'order_lines' as entity
  union all
  select 'customers' as entity
  union all
  select 'products' as entity
  union all
  select 'locations' as entity
  union all
  select 'companies' as entity
  union all
  select 'subscriptions' as entity
  union all
  select 'refunds' as entity
  union all
  select 'returns' as entity
  union all
  select 'fulfillments' as entity
),

paired as (
  select
    'orders' as entity,
    p.shop_system,
    count(*) as pairs
  from order_pairs as p
  group by p.shop_system
  union all
  select
    'order_lines' as entity,
    l.shop_system,
    count(*) as pairs
  from line_links as l
  where l.is_primary
  group by l.shop_system
  union all
  select
    'customers' as entity,
    l.shop_system,
    count(*) as pairs
  from customer_links as l
  inner join customers as r on l.shop_system = r.system and l.shop_id = r.record_id
  where l.is_primary and r.deleted_at is null and r.is_guest is not true and coalesce(r.state, '') not in ('redacted', 'merged')
  group by l.shop_system
  union all
  select
    'products' as entity,
    l.shop_system,
    count(*) as pairs
  from product_links as l
  inner join products as r on l.shop_system = r.system and l.shop_id = r.record_id
  where l.is_primary and r.deleted_at is null
  group by l.shop_system
  union all
  select
    'locations' as entity,
    l.shop_system,
    count(*) as pairs
  from location_links as l
  inner join locations as r on l.shop_system = r.system and l.shop_id = r.record_id
  where l.is_primary and r.deleted_at is null
  group by l.shop_system
  union all
  select
    'companies' as entity,
    l.shop_system,
    count(*) as pairs
  from company_links as l
  where l.is_primary
  group by l.shop_system
  union all
  select
    'subscriptions' as entity,
    l.shop_system,
    count(*) as pairs
  from subscription_links as l
  where l.is_primary
  group by l.shop_system
  union all
  select
    'refunds' as entity,
    p.shop_system,
    count(*) as pairs
  from refund_pairs as p
  where p.salesforce_id is not null
  group by p.shop_system
  union all
  select
    'returns' as entity,
    p.shop_system,
    count(*) as pairs
  from return_pairs as p
  where p.salesforce_id is not null
  group by p.shop_system
  union all
  select
    'fulfillments' as entity,
    p.shop_system,
    count(*) as pairs
  from fulfillment_pairs as p
  where p.salesforce_id is not null
  group by p.shop_system
),

ambiguous as (
  select
    'orders' as entity,
    l.shop_system,
    count(distinct l.shop_id) as records
  from order_links as l
  where
    not l.is_primary
    and not exists (
      select 1
      from order_links as p
      where p.is_primary and p.shop_system = l.shop_system and p.shop_id = l.shop_id
    )
  group by l.shop_system
  union all
  select
    'order_lines' as entity,
    l.shop_system,
    count(distinct l.shop_id) as records
  from line_links as l
  where
    not l.is_primary
    and not exists (
      select 1
      from line_links as p
      where p.is_primary and p.shop_system = l.shop_system and p.shop_id = l.shop_id
    )
  group by l.shop_system
  union all
  select
    'customers' as entity,
    l.shop_system,
    count(distinct l.shop_id) as records
  from customer_links as l
  where
    not l.is_primary
    and not exists (
      select 1
      from customer_links as p
      where p.is_primary and p.shop_system = l.shop_system and p.shop_id = l.shop_id
    )
  group by l.shop_system
  union all
  select
    'products' as entity,
    l.shop_system,
    count(distinct l.shop_id) as records
  from product_links as l
  where
    not l.is_primary
    and not exists (
      select 1
      from product_links as p
      where p.is_primary and p.shop_system = l.shop_system and p.shop_id = l.shop_id
    )
  group by l.shop_system
  union all
  select
    'locations' as entity,
    l.shop_system,
    count(distinct l.shop_id) as records
  from location_links as l
  where
    not l.is_primary
    and not exists (
      select 1
      from location_links as p
      where p.is_primary and p.shop_system = l.shop_system and p.shop_id = l.shop_id
    )
  group by l.shop_system
  union all
  select
    'companies' as entity,
    l.shop_system,
    count(distinct l.shop_id) as records
  from company_links as l
  anti join company_links as p on l.shop_system = p.shop_system and l.shop_id = p.shop_id and p.is_primary
  group by l.shop_system
  union all
  select
    'subscriptions' as entity,
    l.shop_system,
    count(distinct l.shop_id) as records
  from subscription_links as l
  anti join subscription_links as p on l.shop_system = p.shop_system and l.shop_id = p.shop_id and p.is_primary
  group by l.shop_system
),

lone_in_shop as (
  select
    'orders' as entity,
    r.system,
    count(*) as records
  from orders as r
  inner join compared as s on r.system = s.system and s.entity = 'orders'
  where
    r.deleted_at is null and r.is_test is not true and r.status is distinct from 'draft'
    and not exists (
      select 1
      from order_links as l
      where l.shop_system = r.system and l.shop_id = r.record_id
    )
    and not exists (
      select 1
      from order_chains as c
      where c.shop_system = r.system and c.shop_id = r.record_id
    )
  group by r.system
  union all
  select
    'order_lines' as entity,
    r.system,
    count(*) - (
      select count(*)
      from (
        select distinct
          l.shop_system,
          l.shop_id
        from line_links as l
      ) as k
      where k.shop_system = r.system
    ) as records
  from order_lines as r
  inner join compared as s on r.system = s.system and s.entity = 'order_lines'
  where r.deleted_at is null
  group by r.system
  union all
  select
    'customers' as entity,
    r.system,
    count(*) as records
  from customers as r
  inner join compared as s on r.system = s.system and s.entity = 'customers'
  where
    r.deleted_at is null and r.is_guest is not true and coalesce(r.state, '') not in ('redacted', 'merged')
    and not exists (
      select 1
      from customer_links as l
      where l.shop_system = r.system and l.shop_id = r.record_id
    )
  group by r.system
  union all
  select
    'products' as entity,
    r.system,
    count(*) as records
  from products as r
  inner join compared as s on r.system = s.system and s.entity = 'products'
  where
    r.deleted_at is null
    and not exists (
      select 1
      from product_links as l
      where l.shop_system = r.system and l.shop_id = r.record_id
    )
  group by r.system
  union all
  select
    'locations' as entity,
    r.system,
    count(*) as records
  from locations as r
  inner join compared as s on r.system = s.system and s.entity = 'locations'
  where
    r.deleted_at is null
    and not exists (
      select 1
      from location_links as l
      where l.shop_system = r.system and l.shop_id = r.record_id
    )
  group by r.system
  union all
  select
    'companies' as entity,
    r.system,
    count(*) as records
  from companies as r
  inner join compared as s on r.system = s.system and s.entity = 'companies'
  anti join company_links as l on r.system = l.shop_system and r.record_id = l.shop_id
  where r.deleted_at is null and coalesce(r.status, '') not in ('pending', 'rejected', 'inactive', 'disabled')
  group by r.system
  union all
  select
    'subscriptions' as entity,
    r.system,
    count(*) as records
  from subscriptions as r
  inner join compared as s on r.system = s.system and s.entity = 'subscriptions'
  anti join subscription_links as l on r.system = l.shop_system and r.record_id = l.shop_id
  where r.deleted_at is null and coalesce(r.status, '') <> 'pending'
  group by r.system
  union all
  select
    'refunds' as entity,
    p.shop_system as system,
    count(*) as records
  from refund_pairs as p
  where p.salesforce_id is null
  group by p.shop_system
  union all
  select
    'returns' as entity,
    p.shop_system as system,
    count(*) as records
  from return_pairs as p
  where p.salesforce_id is null and p.shop_status in ('open', 'closed')
  group by p.shop_system
  union all
  select
    'fulfillments' as entity,
    p.shop_system as system,
    count(*) as records
  from fulfillment_pairs as p
  where p.salesforce_id is null and p.shop_status = 'success'
  group by p.shop_system
),

linked_lines as (
  select distinct
    l.salesforce_system,
    l.salesforce_id
  from line_links as l
),

own_lines as (
  select
    own_system(r.external_ids) as claimed,
    count(*) as records,
    count(l.salesforce_id) as linked
  from order_lines as r
  left join linked_lines as l on r.system = l.salesforce_system and r.record_id = l.salesforce_id
  where r.deleted_at is null and own_system(r.external_ids) is not null
  group by claimed
),

-- What no shop knows: by the shop whose id or store it names. What names none may be of any of them and counts for each.
lone_in_salesforce as (
  select
    'orders' as entity,
    coalesce(own_system(r.external_ids), k.system) as claimed,
    count(*) as records
  from orders as r
  inner join systems as s on r.system = s.system and s.side = 'salesforce'
  left join systems as k on r.store = k.system
  where
    r.deleted_at is null and r.is_test is not true
    and not exists (
      select 1
      from order_links as l
      where l.salesforce_system = r.system and l.salesforce_id = r.record_id
    )
  group by claimed
  union all
  select
    'order_lines' as entity,
    o.claimed,
    o.records - o.linked as records
  from own_lines as o
  union all
  select
    'order_lines' as entity,
    cast(null as varchar) as claimed,
    count(*) - (
      select count(*)
      from linked_lines
    ) - coalesce((
      select sum(o.records - o.linked)
      from own_lines as o
    ), 0) as records
  from order_lines as r
  inner join systems as s on r.system = s.system and s.side = 'salesforce'
  where r.deleted_at is null
  union all
  select
    'customers' as entity,
    coalesce(own_system(r.external_ids), k.system) as claimed,
    count(*) as records
  from customers as r
  inner join systems as s on r.system = s.system and s.side = 'salesforce'
  left join systems as k on r.store = k.system
  where
    r.deleted_at is null and r.is_guest is not true and coalesce(r.state, '') not in ('redacted', 'merged')
    and not exists (
      select 1
      from customer_links as l
      where l.salesforce_system = r.system and l.salesforce_id = r.record_id
    )
  group by claimed
  union all
  select
    'products' as entity,
    own_system(r.external_ids) as claimed,
    count(*) as records
  from products as r
  inner join systems as s on r.system = s.system and s.side = 'salesforce'
  where
    r.deleted_at is null
    and not exists (
      select 1
      from product_links as l
      where l.salesforce_system = r.system and l.salesforce_id = r.record_id
    )
  group by claimed
  union all
  select
    'locations' as entity,
    own_system(r.external_ids) as claimed,
    count(*) as records
  from locations as r
  inner join systems as s on r.system = s.system and s.side = 'salesforce'
  where
    r.deleted_at is null
    and not exists (
      select 1
      from location_links as l
      where l.salesforce_system = r.system and l.salesforce_id = r.record_id
    )
  group by claimed
  union all
  select
    'companies' as entity,
    own_system(r.external_ids) as claimed,
    count(*) as records
  from companies as r
  inner join systems as s on r.system = s.system and s.side = 'salesforce'
  anti join company_links as l on r.system = l.salesforce_system and r.record_id = l.salesforce_id
  where r.deleted_at is null
  group by claimed
  union all
  select
    'subscriptions' as entity,
    own_system(r.external_ids) as claimed,
    count(*) as records
  from subscriptions as r
  inner join systems as s on r.system = s.system and s.side = 'salesforce'
  anti join subscription_links as l on r.system = l.salesforce_system and r.record_id = l.salesforce_id
  where r.deleted_at is null
  group by claimed
  union all
  select
    'refunds' as entity,
    own_system(r.external_ids) as claimed,
    count(*) as records
  from refunds as r
  inner join systems as s on r.system = s.system and s.side = 'salesforce'
  anti join refund_pairs as p on r.system = p.salesforce_system and r.record_id = p.salesforce_id
  where r.deleted_at is null
  group by claimed
  union all
  select
    'returns' as entity,
    own_system(r.external_ids) as claimed,
    count(*) as records
  from returns as r
  inner join systems as s on r.system = s.system and s.side = 'salesforce'
  anti join return_pairs as p on r.system = p.salesforce_system and r.record_id = p.salesforce_id
  where r.deleted_at is null
  group by claimed
  union all
  select
    'fulfillments' as entity,
    own_system(r.external_ids) as claimed,
    count(*) as records
  from fulfillments as r
  inner join systems as s on r.system = s.system and s.side = 'salesforce'
  anti join fulfillment_pairs as p on r.system = p.salesforce_system and r.record_id = p.salesforce_id
  where r.deleted_at is null
  group by claimed
)

select
  e.entity,
  s.system as shop_system,
  coalesce(c.pairs, 0) as compared,
  coalesce(h.records, 0) as unmatched_shop,
  cast(coalesce((
    select sum(f.records)
    from lone_in_salesforce as f
    where f.entity = e.entity and (f.claimed is null or f.claimed = s.system)
  ), 0) as bigint) as unmatched_salesforce,
  coalesce(a.records, 0) as ambiguous
from entities as e
inner join compared as s on e.entity = s.entity
left join paired as c on e.entity = c.entity and s.system = c.shop_system
left join ambiguous as a on e.entity = a.entity and s.system = a.shop_system
left join lone_in_shop as h on e.entity = h.entity and s.system = h.system
order by
  e.entity,
  s.system
