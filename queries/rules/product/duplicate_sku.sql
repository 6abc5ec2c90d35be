/* +++
title    = "A SKU names one product"
question = "Which SKUs do several active products of one system share?"
severity = "medium"
entity   = "products"
since    = "0.2"
needs    = ["any.products.sku"]
why      = "Stock, prices and order lines find their product by SKU; with two of them, half of everything lands on the wrong one."
remedy   = "Decide which product is the right one, move its prices, stock and open orders there, and give the other a SKU of its own or set it inactive."
false_alarms = "The same article listed twice on purpose, for example once single and once in a set. Drafts and archived products are not counted, nor are records that Salesforce keeps for different shops."
fix      = "none"
recheck  = true
checked  = """
select count(*)
from products as p
where p.deleted_at is null and p.sku_key is not null and coalesce(p.status, 'active') in ('active', 'unlisted')
"""
+++ */
with repeated as (
  select
    p.system,
    p.sku_key
  from products as p
  where p.deleted_at is null and p.sku_key is not null and coalesce(p.status, 'active') in ('active', 'unlisted')
  group by
    p.system,
    p.sku_key
  having count(*) > 1
),

-- Records of Salesforce that belong to different shops are one for each shop, and no duplicates.
homes as (
  select
    l.salesforce_system,
    l.salesforce_id,
    min(l.shop_system) as shop_system
  from product_links as l
  where l.is_primary and l.method = 'external_id'
  group by
    l.salesforce_system,
    l.salesforce_id
),

members as (
  select
    p.system,
    p.sku_key,
    p.record_id,
    p.sku,
    p.title,
    p.created_at,
    s.side,
    h.shop_system,
    row_number() over (partition by p.system, p.sku_key order by p.created_at nulls last, p.record_id) as place
  from repeated as r
  inner join products as p on r.system = p.system and r.sku_key = p.sku_key
  inner join systems as s on p.system = s.system
  left join homes as h on p.system = h.salesforce_system and p.record_id = h.salesforce_id
  where p.deleted_at is null and coalesce(p.status, 'active') in ('active', 'unlisted')
),

shared as (
  select
    m.system,
    m.sku_key,
    count(*) as products,
    max(m.created_at) as occurred_at,
    list(related_record(m.system, m.record_id) order by m.place) as records,
    list(m.title order by m.place) as titles
  from members as m
  group by
    m.system,
    m.sku_key
  having count(*) > count(distinct m.shop_system)
)

select
  m.system,
  case when m.side = 'salesforce' then null else m.record_id end as record_id,
  case when m.side = 'salesforce' then m.record_id end as salesforce_id,
  m.sku_key as discriminator,
  m.sku as label,
  'SKU ' || m.sku || ' belongs to ' || d.products || ' active products ' || in_system(m.system) || '.' as message,
  d.occurred_at,
  d.records[2:] as related,
  array_to_string(d.titles, ', ') as titles
from shared as d
inner join members as m on d.system = m.system and d.sku_key = m.sku_key and m.place = 1
