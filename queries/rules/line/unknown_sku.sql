/* +++
title    = "Everything that is sold is in Salesforce's catalogue"
question = "Which SKUs were sold that no product in Salesforce has?"
severity = "medium"
entity   = "order_lines"
since    = "0.2"
needs    = [
  "shop.orders",
  "shop.order_lines",
  "salesforce.products",
  "salesforce.products.sku",
  "salesforce.products.external_ids?",
]
why      = "Lines without a product cannot be written, or hang on a dummy: nobody sees how the product sells, and stock and service do not find it."
remedy   = "Create the product in Salesforce, or correct the SKU where it was mistyped at the till or in a draft order."
false_alarms = "Services and engravings that are sold by free text and are kept out of the catalogue on purpose."
fix      = "review"
recheck  = true
checked  = """
select count(distinct n.sku_key)
from order_lines as n
inner join compared as c on n.system = c.system and c.entity = 'order_lines'
where n.sku_key is not null and n.deleted_at is null
"""
+++ */
-- A product whose SKU was changed since it was sold is known all the same, by its link.
with sold as (
  select
    n.system,
    n.sku_key,
    n.variant_id,
    count(*) as lines
  from order_lines as n
  inner join compared as c on n.system = c.system and c.entity = 'order_lines'
  where n.sku_key is not null and n.deleted_at is null
  group by
    n.system,
    n.sku_key,
    n.variant_id
),

known as (
  select distinct p.sku_key
  from products as p
  inner join systems as s on p.system = s.system and s.side = 'salesforce'
  where p.deleted_at is null and p.sku_key is not null
),

unknown as (
  select
    s.system,
    s.sku_key
  from sold as s
  left join known as k on s.sku_key = k.sku_key
  left join product_links as l on s.system = l.shop_system and s.variant_id = l.shop_id
  group by
    s.system,
    s.sku_key
  having count(k.sku_key) = 0 and count(l.shop_id) = 0
),

lines as (
  select
    u.system,
    u.sku_key,
    n.record_id,
    n.sku,
    n.title,
    n.currency,
    coalesce(o.placed_at, o.created_at, n.created_at) as placed_at,
    coalesce(n.current_quantity, n.quantity) as quantity,
    n.total,
    count(*) over (partition by u.system, u.sku_key) as lines,
    row_number() over (
      partition by u.system, u.sku_key order by coalesce(o.placed_at, o.created_at, n.created_at) nulls last, n.order_id, n.record_id
    ) as nth
  from unknown as u
  inner join order_lines as n on u.system = n.system and u.sku_key = n.sku_key
  inner join orders as o on n.system = o.system and n.order_id = o.record_id
  where n.deleted_at is null and o.deleted_at is null and o.is_test is not true and o.status is distinct from 'draft'
)

select
  l.system,
  l.record_id,
  cast(null as varchar) as salesforce_id,
  coalesce(l.sku, l.sku_key) as label,
  'SKU ' || coalesce(l.sku, l.sku_key) || ' was sold ' || in_system(l.system)
  || case l.lines when 1 then ' once' else ' on ' || cast(l.lines as varchar) || ' lines' end
  || ' since ' || coalesce(strftime(l.placed_at, '%Y-%m-%d'), 'an unknown day') || ', and no product in Salesforce has it.' as message,
  l.total as amount,
  l.currency,
  l.placed_at as occurred_at,
  l.title,
  l.lines
from lines as l
where l.nth = 1
