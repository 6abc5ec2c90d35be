/* +++
title    = "What is on sale in the shop is active in Salesforce, and nothing else"
question = "Which products are on sale in the shop and inactive in Salesforce, or the other way round?"
severity = "medium"
entity   = "products"
since    = "0.2"
needs    = ["shop.products", "shop.products.status", "salesforce.products", "salesforce.products.status"]
why      = "Sales quotes what can no longer be bought, or cannot quote what the shop sells every day."
remedy   = "Take over the status of the shop, and look for the change of status that was not sent."
false_alarms = "Products that the sales team sells without the shop. Products that the shop only hides from its lists are not judged."
fix      = "review"
recheck  = true
checked  = """
select count(*)
from product_pairs as p
where p.shop_status in ('active', 'draft', 'archived') and p.salesforce_status in ('active', 'draft', 'archived')
  and coalesce(p.shop_changed_at, timestamp '1970-01-01') < $as_of - to_minutes(cast($grace_minutes as bigint))
"""

[params.grace_minutes]
default = 15
unit    = "minutes"
help    = "Shop records changed later than this may still be on their way."
+++ */
-- A product that several shops sell is rightly active in Salesforce as long as one of them sells it.
select
  p.shop_system as system,
  p.shop_id as record_id,
  p.salesforce_id,
  p.label,
  'Product ' || p.label || ' is ' || p.shop_status || ' ' || in_system(p.shop_system) || ' and '
  || case p.salesforce_status when 'active' then 'active' else 'not active' end || ' in Salesforce.' as message,
  [diff_field('status', p.shop_status, p.salesforce_status)] as diff,
  p.shop_changed_at as occurred_at,
  v.title,
  v.raw_status as shop_status,
  sf.raw_status as salesforce_status
from product_pairs as p
inner join products as v on p.shop_system = v.system and p.shop_id = v.record_id
inner join products as sf on p.salesforce_system = sf.system and p.salesforce_id = sf.record_id
where
  (
    (p.shop_status = 'active' and p.salesforce_status in ('draft', 'archived'))
    or (p.shop_status in ('draft', 'archived') and p.salesforce_status = 'active' and not p.is_elsewhere_active)
  )
  and coalesce(p.shop_changed_at, timestamp '1970-01-01') < $as_of - to_minutes(cast($grace_minutes as bigint))
