/* +++
title = "Newest change and number of records of every table that is compared, by system"
+++ */
with changes as (
  select
    o.system,
    'orders' as entity,
    o.updated_at
  from orders as o
  union all
  select
    c.system,
    'customers' as entity,
    c.updated_at
  from customers as c
  union all
  select
    p.system,
    'products' as entity,
    p.updated_at
  from products as p
  union all
  select
    x.system,
    'prices' as entity,
    x.updated_at
  from prices as x
  union all
  select
    i.system,
    'inventory_levels' as entity,
    i.updated_at
  from inventory_levels as i
  union all
  select
    r.system,
    'refunds' as entity,
    coalesce(r.updated_at, r.created_at) as updated_at
  from refunds as r
  union all
  select
    l.system,
    'order_lines' as entity,
    l.updated_at
  from order_lines as l
  union all
  select
    g.system,
    'locations' as entity,
    cast(null as timestamp) as updated_at
  from locations as g
)

select
  c.system,
  c.entity,
  max(c.updated_at) as newest_at,
  count(*) as records
from changes as c
group by
  c.system,
  c.entity
order by
  c.system,
  c.entity
