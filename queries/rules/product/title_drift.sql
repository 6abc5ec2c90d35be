/* +++
title    = "Products carry the same name in the shop and in Salesforce"
question = "Which products are called otherwise in Salesforce than in the shop?"
severity = "low"
entity   = "products"
since    = "0.2"
needs    = ["shop.products", "shop.products.title", "salesforce.products", "salesforce.products.title"]
why      = "Buyers, sales and service talk about the same thing under two names, and quotes show the old one."
remedy   = "Take over the title of the shop, and look for the change of title that was not sent."
false_alarms = "Names in another language, and names that sales gave on purpose. Capitals, punctuation, the name of the variant and a title cut by a short field make no difference."
fix      = "safe"
recheck  = true
checked  = """
select count(*)
from product_pairs as p
where p.has_same_title is not null
  and coalesce(p.shop_changed_at, timestamp '1970-01-01') < $as_of - to_minutes(cast($grace_minutes as bigint))
"""

[params.grace_minutes]
default = 15
unit    = "minutes"
help    = "Shop records changed later than this may still be on their way."
+++ */
-- Shops that sell the same thing may name it otherwise; Salesforce can only follow one of them.
select
  p.shop_system as system,
  p.shop_id as record_id,
  p.salesforce_id,
  p.label,
  'Product ' || p.label || ' is called "' || coalesce(v.title || ' – ' || v.variant_title, v.title, v.variant_title) || '" ' || in_system(p.shop_system)
  || ' and "' || sf.title || '" in Salesforce.' as message,
  [diff_field('title', coalesce(v.title || ' – ' || v.variant_title, v.title, v.variant_title), sf.title)] as diff,
  p.shop_changed_at as occurred_at,
  sf.updated_at as salesforce_updated_at
from product_pairs as p
inner join products as v on p.shop_system = v.system and p.shop_id = v.record_id
inner join products as sf on p.salesforce_system = sf.system and p.salesforce_id = sf.record_id
where
  not p.has_same_title
  and coalesce(p.shop_changed_at, timestamp '1970-01-01') < $as_of - to_minutes(cast($grace_minutes as bigint))
  and not exists (
    select 1
    from product_pairs as o
    where o.salesforce_system = p.salesforce_system and o.salesforce_id = p.salesforce_id and o.has_same_title
  )
