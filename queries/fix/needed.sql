-- Shop records that a correction may have to write: those of findings, and what they hang on.
with orders_needed as (
  select
    f.system,
    f.record_id
  from findings as f
  where f.entity = 'orders' and f.record_id is not null
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

products_needed as (
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
from fulfillments as s
inner join orders_needed as o on s.system = o.system and s.order_id = o.record_id
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
  'inventory_levels' as entity,
  f.system,
  f.record_id
from findings as f
where f.entity = 'inventory_levels' and f.record_id is not null
union all
select
  'customers' as entity,
  c.system,
  c.record_id
from (
  select
    f.system,
    f.record_id
  from findings as f
  where f.entity = 'customers' and f.record_id is not null
  union
  select
    o.system,
    o.customer_id
  from orders as o
  inner join orders_needed as n on o.system = n.system and o.record_id = n.record_id
  where o.customer_id is not null
) as c
