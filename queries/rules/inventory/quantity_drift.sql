/* +++
title    = "Stock agrees between its owner and Salesforce, per location and in total"
question = "Where does Salesforce hold another quantity in stock than the shop, or than the ERP that owns stock?"
severity = "high"
entity   = "inventory_levels"
owned    = "inventory_levels"
since    = "0.1"
needs    = [
  "shop.products",
  "shop.locations.name?",
  "shop.inventory_levels",
  "salesforce.products",
  "salesforce.locations.name?",
  "salesforce.inventory_levels",
  "salesforce.inventory_levels.on_hand|salesforce.inventory_levels.available",
]
why      = "Sales and service promise stock that is not there, or refuse to sell what lies on the shelf."
remedy   = "Take over the quantity of the system that owns stock at that location, and look for the movement that was not sent."
false_alarms = "Stock that moved while the two systems were being read; a wider grace hides it. Totals are compared only where Salesforce keeps stock for no location of the owner."
fix      = "review"
recheck  = true
checked  = """
select count(*)
from inventory_pairs as p
where p.shop_quantity is not null and p.salesforce_quantity is not null
  and coalesce(p.shop_changed_at, timestamp '1970-01-01') < $as_of - to_minutes(cast($grace_minutes as bigint))
"""

[params.grace_minutes]
default = 15
unit    = "minutes"
help    = "Shop records changed later than this may still be on their way."
+++ */
with drifted as (
  select
    p.shop_system,
    p.shop_id,
    p.variant_id,
    p.location_id,
    p.is_total,
    p.salesforce_id,
    p.measure,
    p.shop_quantity,
    p.salesforce_quantity,
    p.shop_changed_at
  from inventory_pairs as p
  where
    p.shop_quantity <> p.salesforce_quantity
    and not p.is_safety_stock
    and coalesce(p.shop_changed_at, timestamp '1970-01-01') < $as_of - to_minutes(cast($grace_minutes as bigint))
)

select
  d.shop_system as system,
  d.shop_id as record_id,
  d.salesforce_id,
  case when d.is_total then 'products' else 'inventory_levels' end as entity,
  coalesce(v.sku, d.variant_id) as label,
  'Product ' || coalesce(v.sku, d.variant_id) || ' has ' || number_text(d.shop_quantity)
  || case when d.is_total then ' at all locations together' else ' at ' || coalesce(o.name, d.location_id) end
  || ' ' || in_system(d.shop_system) || ' and ' || number_text(d.salesforce_quantity) || ' in Salesforce.' as message,
  [diff_field(d.measure, number_text(d.shop_quantity), number_text(d.salesforce_quantity))] as diff,
  d.shop_changed_at as occurred_at,
  v.title,
  o.name as location
from drifted as d
inner join products as v on d.shop_system = v.system and d.variant_id = v.record_id
left join locations as o on d.shop_system = o.system and d.location_id = o.record_id
