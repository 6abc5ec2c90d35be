/* +++
title = "How many records were found on both sides, and how"
+++ */
with links as (
  select
    'orders' as entity,
    o.shop_system,
    o.shop_id,
    o.salesforce_system,
    o.salesforce_id,
    o.method,
    o.is_primary
  from order_links as o
  union all
  select
    'order_lines' as entity,
    n.shop_system,
    n.shop_id,
    n.salesforce_system,
    n.salesforce_id,
    n.method,
    n.is_primary
  from line_links as n
  union all
  select
    'customers' as entity,
    c.shop_system,
    c.shop_id,
    c.salesforce_system,
    c.salesforce_id,
    c.method,
    c.is_primary
  from customer_links as c
  union all
  select
    'products' as entity,
    p.shop_system,
    p.shop_id,
    p.salesforce_system,
    p.salesforce_id,
    p.method,
    p.is_primary
  from product_links as p
  union all
  select
    'locations' as entity,
    k.shop_system,
    k.shop_id,
    k.salesforce_system,
    k.salesforce_id,
    k.method,
    k.is_primary
  from location_links as k
),

records as (
  select
    'orders' as entity,
    o.system,
    o.record_id
  from orders as o
  where o.deleted_at is null and o.is_test is not true
  union all
  select
    'order_lines' as entity,
    n.system,
    n.record_id
  from order_lines as n
  where n.deleted_at is null
  union all
  select
    'customers' as entity,
    c.system,
    c.record_id
  from customers as c
  where c.deleted_at is null and c.is_guest is not true and coalesce(c.state, '') not in ('redacted', 'merged')
  union all
  select
    'products' as entity,
    p.system,
    p.record_id
  from products as p
  where p.deleted_at is null
  union all
  select
    'locations' as entity,
    k.system,
    k.record_id
  from locations as k
  where k.deleted_at is null
),

totals as (
  select
    r.entity,
    r.system,
    s.side,
    count(*) as records
  from records as r
  inner join systems as s on r.system = s.system
  group by
    r.entity,
    r.system,
    s.side
),

shop_side as (
  select
    l.entity,
    l.shop_system,
    l.shop_id,
    bool_or(l.is_primary) as has_primary
  from links as l
  inner join records as r on l.entity = r.entity and l.shop_system = r.system and l.shop_id = r.record_id
  group by
    l.entity,
    l.shop_system,
    l.shop_id
),

shop_counts as (
  select
    x.entity,
    x.shop_system,
    count(*) as linked,
    count(*) filter (where x.has_primary) as compared
  from shop_side as x
  group by
    x.entity,
    x.shop_system
),

salesforce_totals as (
  select
    t.entity,
    sum(t.records) as records
  from totals as t
  where t.side = 'salesforce'
  group by t.entity
),

salesforce_linked as (
  select
    y.entity,
    count(*) as linked
  from (
    select distinct
      l.entity,
      l.salesforce_system,
      l.salesforce_id
    from links as l
    inner join records as r on l.entity = r.entity and l.salesforce_system = r.system and l.salesforce_id = r.record_id
  ) as y
  group by y.entity
)

select
  t.entity,
  t.system as shop_system,
  coalesce(c.compared, 0) as compared,
  t.records - coalesce(c.linked, 0) as unmatched_shop,
  greatest(coalesce(f.records, 0) - coalesce(y.linked, 0), 0) as unmatched_salesforce,
  coalesce(c.linked, 0) - coalesce(c.compared, 0) as ambiguous
from totals as t
left join shop_counts as c on t.entity = c.entity and t.system = c.shop_system
left join salesforce_totals as f on t.entity = f.entity
left join salesforce_linked as y on t.entity = y.entity
where t.side = 'shop'
order by
  t.entity,
  t.system
