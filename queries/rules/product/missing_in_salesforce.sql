/* +++
title    = "Every product on sale is in Salesforce's catalogue"
question = "Which variants are on sale in the shop and unknown to Salesforce?"
severity = "medium"
entity   = "products"
since    = "0.1"
needs    = [
  "shop.products",
  "shop.products.status",
  "salesforce.products",
  "salesforce.products.external_ids|salesforce.products.sku",
  "salesforce.products.external_ids?",
  "salesforce.products.sku?",
]
why      = "Salesforce refuses order lines of a product that it does not know, so orders with it arrive without that line or not at all."
remedy   = "Create the product with its SKU and a price book entry, or let the integration create it."
false_alarms = "Services and gift cards that are kept out of the catalogue on purpose; they are left out where the shop does not track their stock."
fix      = "review"
recheck  = true
checked  = """
select count(*)
from products as p
inner join compared as s on p.system = s.system and s.entity = 'products'
where p.deleted_at is null and p.status = 'active' and p.is_tracked is not false and p.is_gift_card is not true
  and coalesce(p.created_at, timestamp '1970-01-01') < $as_of - to_minutes(cast($grace_minutes as bigint))
"""

[params.grace_minutes]
default = 15
unit    = "minutes"
help    = "Records younger than this may still be on their way."
+++ */
select
  p.system,
  p.record_id,
  cast(null as varchar) as salesforce_id,
  coalesce(p.sku, p.title, p.record_id) as label,
  'Product ' || coalesce(p.sku, p.title, p.record_id) || ' is on sale ' || in_system(p.system) || ' and not in Salesforce.' as message,
  p.created_at as occurred_at,
  p.title,
  p.variant_title,
  p.barcode
from products as p
inner join compared as s on p.system = s.system and s.entity = 'products'
where
  p.deleted_at is null
  and p.status = 'active'
  and p.is_tracked is not false
  and p.is_gift_card is not true
  and coalesce(p.created_at, timestamp '1970-01-01') < $as_of - to_minutes(cast($grace_minutes as bigint))
  and not exists (
    select 1
    from product_links as l
    where l.shop_system = p.system and l.shop_id = p.record_id
  )
