/* +++
title    = "Stock at a linked location is in Salesforce"
question = "Which products lie at a location that Salesforce knows, and have no stock record there?"
severity = "medium"
entity   = "inventory_levels"
since    = "0.2"
needs    = ["shop.products", "shop.locations", "shop.inventory_levels", "salesforce.products", "salesforce.locations", "salesforce.inventory_levels"]
why      = "Nobody compares this stock, and Salesforce says that there is none: it cannot be promised or sold from there."
remedy   = "Let the integration make the record of stock, or make it by hand with the quantity of the owner."
false_alarms = "Locations of which Salesforce keeps a few products only, on purpose. Products without stock at a location need no record there."
fix      = "none"
recheck  = true
checked  = """
select count(*)
from inventory_pairs as p
where not p.is_total and p.shop_quantity <> 0
  and coalesce(p.shop_changed_at, timestamp '1970-01-01') < $as_of - to_minutes(cast($grace_minutes as bigint))
"""

[params.grace_minutes]
default = 15
unit    = "minutes"
help    = "Shop records changed later than this may still be on their way."
+++ */
with missing as (
  select
    p.shop_system,
    p.shop_id,
    p.variant_id,
    p.location_id,
    p.measure,
    p.shop_quantity,
    p.shop_changed_at,
    p.salesforce_system,
    p.salesforce_product_id,
    p.salesforce_location_id
  from inventory_pairs as p
  where
    p.salesforce_id is null
    and not p.is_total
    and p.shop_quantity <> 0
    and coalesce(p.shop_changed_at, timestamp '1970-01-01') < $as_of - to_minutes(cast($grace_minutes as bigint))
)

select
  m.shop_system as system,
  m.shop_id as record_id,
  cast(null as varchar) as salesforce_id,
  coalesce(v.sku, m.variant_id) as label,
  'Product ' || coalesce(v.sku, m.variant_id) || ' has ' || number_text(m.shop_quantity) || ' at ' || coalesce(o.name, m.location_id) || ' '
  || in_system(m.shop_system) || ' and no stock record there in Salesforce.' as message,
  [diff_field(m.measure, number_text(m.shop_quantity), null)] as diff,
  m.shop_changed_at as occurred_at,
  [related_record(m.salesforce_system, m.salesforce_product_id)] as related,
  v.title,
  o.name as location
from missing as m
inner join products as v on m.shop_system = v.system and m.variant_id = v.record_id
inner join products as f on m.salesforce_system = f.system and m.salesforce_product_id = f.record_id
left join locations as o on m.shop_system = o.system and m.location_id = o.record_id
where
  coalesce(v.status, 'active') = 'active'
  and coalesce(f.created_at, timestamp '1970-01-01') < $as_of - to_minutes(cast($grace_minutes as bigint))
