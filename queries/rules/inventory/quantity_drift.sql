/* +++
title    = "Stock agrees between its owner and Salesforce, per location"
question = "Where does Salesforce hold another quantity in stock than the shop, or than the ERP that owns stock?"
severity = "high"
entity   = "inventory_levels"
since    = "0.1"
needs    = [
  "shop.products",
  "shop.locations",
  "shop.inventory_levels",
  "salesforce.products",
  "salesforce.locations",
  "salesforce.inventory_levels",
  "salesforce.inventory_levels.on_hand|salesforce.inventory_levels.available",
]
why      = "Sales and service promise stock that is not there, or refuse to sell what lies on the shelf."
remedy   = "Take over the quantity of the system that owns stock at that location, and look for the movement that was not sent."
false_alarms = "Stock that moved while the two systems were being read; a wider grace hides it."
fix      = "review"
recheck  = true
checked  = """
select count(*)
from inventory_levels as i
inner join compared as c on i.system = c.system and c.entity = 'inventory_levels'
inner join product_links as p on i.system = p.shop_system and i.variant_id = p.shop_id and p.is_primary
inner join location_links as k on i.system = k.shop_system and i.location_id = k.shop_id and k.is_primary
inner join inventory_levels as sf
  on p.salesforce_system = sf.system and p.salesforce_id = sf.variant_id and k.salesforce_system = sf.system and k.salesforce_id = sf.location_id
left join compared as t on sf.store = t.system and t.entity = 'inventory_levels'
where (t.system is null or t.system = i.system) and i.deleted_at is null and sf.deleted_at is null
"""

[params.grace_minutes]
default = 15
unit    = "minutes"
help    = "Shop records changed later than this may still be on their way."
+++ */
with paired as (
  select
    i.system,
    i.record_id,
    i.variant_id,
    i.location_id,
    i.sku_key,
    i.updated_at,
    sf.record_id as salesforce_id,
    case when i.on_hand is not null and sf.on_hand is not null then 'on_hand' else 'available' end as measure,
    case when i.on_hand is not null and sf.on_hand is not null then i.on_hand else i.available end as shop_quantity,
    case when i.on_hand is not null and sf.on_hand is not null then sf.on_hand else sf.available end as sf_quantity
  from inventory_levels as i
  inner join compared as c on i.system = c.system and c.entity = 'inventory_levels'
  inner join product_links as p on i.system = p.shop_system and i.variant_id = p.shop_id and p.is_primary
  inner join location_links as k on i.system = k.shop_system and i.location_id = k.shop_id and k.is_primary
  inner join inventory_levels as sf
    on
      p.salesforce_system = sf.system
      and p.salesforce_id = sf.variant_id
      and k.salesforce_system = sf.system
      and k.salesforce_id = sf.location_id
  left join compared as t on sf.store = t.system and t.entity = 'inventory_levels'
  where
    (t.system is null or t.system = i.system)
    and i.deleted_at is null
    and sf.deleted_at is null
    and i.is_active is not false
    and sf.is_active is not false
    and i.is_infinite is not true
    and sf.is_infinite is not true
    and coalesce(i.updated_at, timestamp '1970-01-01') < $as_of - to_minutes(cast($grace_minutes as bigint))
)

select
  c.system,
  c.record_id,
  c.salesforce_id,
  coalesce(v.sku, c.sku_key, c.variant_id) as label,
  'Product ' || coalesce(v.sku, c.sku_key, c.variant_id) || ' has ' || number_text(c.shop_quantity) || ' at ' || coalesce(o.name, c.location_id)
  || ' ' || in_system(c.system) || ' and ' || number_text(c.sf_quantity) || ' in Salesforce.' as message,
  [diff_field(c.measure, number_text(c.shop_quantity), number_text(c.sf_quantity))] as diff,
  c.updated_at as occurred_at,
  v.title,
  o.name as location
from paired as c
inner join products as v on c.system = v.system and c.variant_id = v.record_id
left join locations as o on c.system = o.system and c.location_id = o.record_id
where c.shop_quantity <> c.sf_quantity
