/* +++
title    = "Every product on sale has a SKU, in the shop and in Salesforce"
question = "Which products on sale have no SKU, in the shop or in Salesforce?"
severity = "medium"
entity   = "products"
since    = "0.2"
needs    = ["shop.products", "shop.products.sku", "salesforce.products", "salesforce.products.sku?"]
why      = "Without a SKU nothing but the shop's own id ties the product to its stock, its prices and its order lines; the first system that lost that id loses the product."
remedy   = "Give the product a SKU where it has none, and copy it to Salesforce."
false_alarms = "Samples and services that nobody orders by number. Gift cards and what has no stock are left out."
fix      = "review"
recheck  = true
checked  = """
select count(*)
from products as p
inner join compared as c on p.system = c.system and c.entity = 'products'
where p.deleted_at is null and p.status = 'active' and p.is_tracked is not false and p.is_gift_card is not true
  and coalesce(p.created_at, timestamp '1970-01-01') < $as_of - to_minutes(cast($grace_minutes as bigint))
"""

[params.grace_minutes]
default = 15
unit    = "minutes"
help    = "Records younger than this may still be in preparation or on their way."
+++ */
with on_sale as (
  select
    p.system,
    p.record_id,
    p.sku,
    p.title,
    p.variant_title,
    p.created_at
  from products as p
  inner join compared as c on p.system = c.system and c.entity = 'products'
  where
    p.deleted_at is null
    and p.status = 'active'
    and p.is_tracked is not false
    and p.is_gift_card is not true
    and coalesce(p.created_at, timestamp '1970-01-01') < $as_of - to_minutes(cast($grace_minutes as bigint))
),

-- Where no product of an org has a SKU, the org does not keep any in that field.
keeping as (
  select distinct p.system
  from products as p
  inner join systems as s on p.system = s.system and s.side = 'salesforce'
  where p.sku_key is not null
),

found as (
  select
    v.system,
    v.record_id,
    cast(null as varchar) as salesforce_id,
    coalesce(v.title || ' – ' || v.variant_title, v.title, v.record_id) as label,
    in_system(v.system) as place,
    v.created_at as occurred_at,
    v.title
  from on_sale as v
  where v.sku is null
  union all
  select
    v.system,
    v.record_id,
    p.salesforce_id,
    v.sku as label,
    'in Salesforce' as place,
    v.created_at as occurred_at,
    v.title
  from product_pairs as p
  inner join keeping as k on p.salesforce_system = k.system
  inner join on_sale as v on p.shop_system = v.system and p.shop_id = v.record_id
  where p.shop_sku_key is not null and p.salesforce_sku_key is null
)

select
  f.system,
  f.record_id,
  f.salesforce_id,
  f.label,
  'Product ' || f.label || ' has no SKU ' || f.place || '.' as message,
  f.occurred_at,
  f.title
from found as f
