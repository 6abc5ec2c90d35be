/* +++
title    = "Products carry the same barcode in the shop and in Salesforce"
question = "Which products have another barcode in Salesforce than in the shop, or none?"
severity = "medium"
entity   = "products"
since    = "0.2"
needs    = ["shop.products", "shop.products.barcode", "salesforce.products", "salesforce.products.barcode"]
why      = "Warehouse, returns desk and marketplaces find a product by its barcode; with a wrong one they find another product."
remedy   = "Take over the barcode of the shop. Where one is longer, look for a spreadsheet that rounded it or cut its zeros."
false_alarms = "Products that were relabelled while old stock is still sold. Blanks, dashes and leading zeros make no difference."
fix      = "safe"
recheck  = true
checked  = """
select count(*)
from product_pairs as p
where p.shop_barcode_key is not null
  and coalesce(p.shop_changed_at, timestamp '1970-01-01') < $as_of - to_minutes(cast($grace_minutes as bigint))
"""

[params.grace_minutes]
default = 15
unit    = "minutes"
help    = "Shop records changed later than this may still be on their way."
+++ */
select
  p.shop_system as system,
  p.shop_id as record_id,
  p.salesforce_id,
  p.label,
  'Product ' || p.label || ' has the barcode ' || v.barcode || ' ' || in_system(p.shop_system) || ' and '
  || case when p.salesforce_barcode_key is null then 'none' else sf.barcode end || ' in Salesforce.' as message,
  [diff_field('barcode', v.barcode, sf.barcode)] as diff,
  p.shop_changed_at as occurred_at,
  v.title,
  sf.updated_at as salesforce_updated_at
from product_pairs as p
inner join products as v on p.shop_system = v.system and p.shop_id = v.record_id
inner join products as sf on p.salesforce_system = sf.system and p.salesforce_id = sf.record_id
where
  p.shop_barcode_key is not null
  and p.shop_barcode_key is distinct from p.salesforce_barcode_key
  and coalesce(p.shop_changed_at, timestamp '1970-01-01') < $as_of - to_minutes(cast($grace_minutes as bigint))
