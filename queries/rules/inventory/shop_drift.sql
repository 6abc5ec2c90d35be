/* +++
title    = "Every shop shows the stock of the ERP that owns it"
question = "Where does a shop hold another quantity in stock than the ERP that owns stock?"
severity = "high"
entity   = "inventory_levels"
since    = "0.2"
needs    = [
  "follower.products",
  "follower.locations",
  "follower.inventory_levels",
  "erp.products",
  "erp.locations",
  "erp.inventory_levels",
  "erp.inventory_levels.on_hand|erp.inventory_levels.available",
]
why      = "The shop sells what the warehouse does not have, or turns buyers away from what lies on its shelf."
remedy   = "Take over the quantity of the ERP in the shop, and look for the update of stock that did not arrive."
false_alarms = "Stock that moved while the two systems were being read. A safety stock that just explains the difference makes none."
fix      = "none"
recheck  = true
checked  = """
select count(*)
from inventory_levels as i
inner join followers as f on i.system = f.system and f.entity = 'inventory_levels'
inner join product_twins as p on i.system = p.shop_system and i.variant_id = p.shop_id and f.owner = p.erp_system
inner join location_twins as k on i.system = k.shop_system and i.location_id = k.shop_id and f.owner = k.erp_system
inner join inventory_levels as e on p.erp_system = e.system and p.erp_id = e.variant_id and k.erp_id = e.location_id
where (e.store is null or e.store = i.system) and i.deleted_at is null and e.deleted_at is null and i.is_active is not false
  and e.is_active is not false and i.is_infinite is not true and e.is_infinite is not true
"""

[params.grace_minutes]
default = 15
unit    = "minutes"
help    = "Records changed later than this in either system may still be on their way."
+++ */
with compared_levels as (
  select
    i.system,
    i.record_id,
    i.variant_id,
    i.location_id,
    i.sku_key,
    i.updated_at,
    e.system as erp_system,
    e.record_id as erp_id,
    e.updated_at as erp_updated_at,
    coalesce(i.safety_stock, 0) as shop_safety,
    coalesce(e.safety_stock, 0) as erp_safety,
    case when i.on_hand is not null and e.on_hand is not null then 'on_hand' else 'available' end as measure,
    case when i.on_hand is not null and e.on_hand is not null then i.on_hand else i.available end as shop_quantity,
    case when i.on_hand is not null and e.on_hand is not null then e.on_hand else e.available end as erp_quantity
  from inventory_levels as i
  inner join followers as f on i.system = f.system and f.entity = 'inventory_levels'
  inner join product_twins as p on i.system = p.shop_system and i.variant_id = p.shop_id and f.owner = p.erp_system
  inner join location_twins as k on i.system = k.shop_system and i.location_id = k.shop_id and f.owner = k.erp_system
  inner join inventory_levels as e on p.erp_system = e.system and p.erp_id = e.variant_id and k.erp_id = e.location_id
  inner join locations as o on i.system = o.system and i.location_id = o.record_id
  inner join locations as w on e.system = w.system and e.location_id = w.record_id
  where
    (e.store is null or e.store = i.system)
    and i.deleted_at is null
    and e.deleted_at is null
    and i.is_active is not false
    and e.is_active is not false
    and i.is_infinite is not true
    and e.is_infinite is not true
    and o.is_active is not false
    and w.is_active is not false
    and coalesce(greatest(i.updated_at, e.updated_at), timestamp '1970-01-01') < $as_of - to_minutes(cast($grace_minutes as bigint))
)

select
  c.system,
  c.record_id,
  cast(null as varchar) as salesforce_id,
  c.erp_id as discriminator,
  coalesce(v.sku, c.sku_key, c.variant_id) as label,
  'Product ' || coalesce(v.sku, c.sku_key, c.variant_id) || ' has ' || number_text(c.shop_quantity) || ' at ' || coalesce(o.name, c.location_id)
  || ' ' || in_system(c.system) || ' and ' || number_text(c.erp_quantity) || ' ' || in_system(c.erp_system) || '.' as message,
  [diff_field(c.measure, number_text(c.shop_quantity), number_text(c.erp_quantity))] as diff,
  greatest(c.updated_at, c.erp_updated_at) as occurred_at,
  [related_record(c.erp_system, c.erp_id)] as related,
  v.title,
  o.name as location
from compared_levels as c
inner join products as v on c.system = v.system and c.variant_id = v.record_id
left join locations as o on c.system = o.system and c.location_id = o.record_id
where
  c.shop_quantity <> c.erp_quantity
  -- A safety stock that one side holds back and the other does not know makes no other stock.
  and (c.measure = 'on_hand' or abs(c.shop_quantity - c.erp_quantity) not in (c.shop_safety, c.erp_safety))
