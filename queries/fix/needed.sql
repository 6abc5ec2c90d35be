-- Shop records that a correction may have to write: those of findings, and what they hang on.
-- Findings that only name a Salesforce record are about the order that it is linked to, or whose refund, shipment or return it says it is.
with named_only as (
  select
    f.entity,
    f.salesforce_id
  from findings as f
  where f.record_id is null and f.salesforce_id is not null
),

claims as (
  select
    'refunds' as entity,
    r.record_id as salesforce_id,
    s.system as shop_system,
    external_key(id_for(r.external_ids, s.system)) as claimed_id
  from refunds as r
  inner join named_only as n on r.record_id = n.salesforce_id and n.entity = 'refunds'
  cross join systems as s
  where s.side <> 'salesforce'
  union all
  select
    'fulfillments' as entity,
    p.record_id as salesforce_id,
    s.system as shop_system,
    external_key(id_for(p.external_ids, s.system)) as claimed_id
  from fulfillments as p
  inner join named_only as n on p.record_id = n.salesforce_id and n.entity = 'fulfillments'
  cross join systems as s
  where s.side <> 'salesforce'
  union all
  select
    'returns' as entity,
    b.record_id as salesforce_id,
    s.system as shop_system,
    external_key(id_for(b.external_ids, s.system)) as claimed_id
  from returns as b
  inner join named_only as n on b.record_id = n.salesforce_id and n.entity = 'returns'
  cross join systems as s
  where s.side <> 'salesforce'
),

orders_needed as (
  select
    f.system,
    f.record_id
  from findings as f
  where f.entity = 'orders' and f.record_id is not null
  union
  select
    l.shop_system as system,
    l.shop_id as record_id
  from named_only as n
  inner join order_links as l on n.salesforce_id = l.salesforce_id and l.is_primary
  where n.entity = 'orders'
  union
  select
    f.system,
    n.order_id
  from findings as f
  inner join order_lines as n on f.system = n.system and f.record_id = n.record_id
  where f.entity = 'order_lines'
  union
  select
    f.system,
    r.order_id
  from findings as f
  inner join refunds as r on f.system = r.system and f.record_id = r.record_id
  where f.entity = 'refunds'
  union
  select
    f.system,
    s.order_id
  from findings as f
  inner join fulfillments as s on f.system = s.system and f.record_id = s.record_id
  where f.entity = 'fulfillments'
  union
  select
    f.system,
    b.order_id
  from findings as f
  inner join returns as b on f.system = b.system and f.record_id = b.record_id
  where f.entity = 'returns'
  union
  select
    c.shop_system as system,
    r.order_id
  from claims as c
  inner join refunds as r on c.shop_system = r.system and c.claimed_id = external_key(r.record_id)
  where c.entity = 'refunds'
  union
  select
    c.shop_system as system,
    s.order_id
  from claims as c
  inner join fulfillments as s on c.shop_system = s.system and c.claimed_id = external_key(s.record_id)
  where c.entity = 'fulfillments'
  union
  select
    c.shop_system as system,
    b.order_id
  from claims as c
  inner join returns as b on c.shop_system = b.system and c.claimed_id = external_key(b.record_id)
  where c.entity = 'returns'
),

lines_needed as (
  select
    n.system,
    n.record_id,
    n.variant_id
  from order_lines as n
  inner join orders_needed as o on n.system = o.system and n.order_id = o.record_id
  where n.deleted_at is null
),

shipments_needed as (
  select
    s.system,
    s.record_id
  from fulfillments as s
  inner join orders_needed as o on s.system = o.system and s.order_id = o.record_id
),

products_named as (
  select
    f.system,
    f.record_id
  from findings as f
  where f.entity in ('products', 'prices') and f.record_id is not null
  union
  select
    n.system,
    n.variant_id
  from lines_needed as n
  where n.variant_id is not null
),

-- Who else is the same record in Salesforce: a value that is right for one of them may be wrong for the other.
products_needed as (
  select
    p.system,
    p.record_id
  from products_named as p
  union
  select
    o.shop_system as system,
    o.shop_id as record_id
  from findings as f
  inner join product_links as o on f.salesforce_id = o.salesforce_id and o.is_primary
  where f.entity = 'products'
),

customers_needed as (
  select
    f.system,
    f.record_id
  from findings as f
  where f.entity = 'customers' and f.record_id is not null
  union
  select
    l.shop_system as system,
    l.shop_id as record_id
  from findings as f
  inner join customer_links as l on f.salesforce_id = l.salesforce_id and l.is_primary
  where f.entity = 'customers'
  union
  select
    o.system,
    o.customer_id
  from orders as o
  inner join orders_needed as n on o.system = n.system and o.record_id = n.record_id
  where o.customer_id is not null
  union
  select
    f.system,
    c.customer_id
  from findings as f
  inner join subscriptions as c on f.system = c.system and f.record_id = c.record_id
  where f.entity = 'subscriptions' and c.customer_id is not null
)

select
  'orders' as entity,
  o.system,
  o.record_id
from orders_needed as o
union all
select
  'order_lines' as entity,
  n.system,
  n.record_id
from lines_needed as n
union all
select
  'refunds' as entity,
  r.system,
  r.record_id
from refunds as r
inner join orders_needed as o on r.system = o.system and r.order_id = o.record_id
union all
select
  'fulfillments' as entity,
  s.system,
  s.record_id
from shipments_needed as s
union all
select
  'fulfillment_lines' as entity,
  n.system,
  n.record_id
from fulfillment_lines as n
inner join shipments_needed as s on n.system = s.system and n.fulfillment_id = s.record_id
union all
select
  'returns' as entity,
  b.system,
  b.record_id
from returns as b
inner join orders_needed as o on b.system = o.system and b.order_id = o.record_id
union all
select
  'products' as entity,
  p.system,
  p.record_id
from products_needed as p
union all
select
  'prices' as entity,
  p.system,
  p.record_id
from prices as p
inner join products_needed as n on p.system = n.system and p.variant_id = n.record_id
union all
select
  f.entity,
  f.system,
  f.record_id
from findings as f
where f.entity in ('inventory_levels', 'companies', 'subscriptions') and f.record_id is not null
union all
select
  'customers' as entity,
  c.system,
  c.record_id
from customers_needed as c
