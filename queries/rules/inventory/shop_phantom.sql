/* +++
title    = "No shop offers what the ERP has sold out"
question = "Which products does a shop sell although the ERP that owns stock has none left anywhere?"
severity = "high"
entity   = "inventory_levels"
owned    = "inventory_levels"
since    = "0.2"
needs    = [
  "follower.products",
  "follower.products.status",
  "follower.inventory_levels",
  "erp.products",
  "erp.inventory_levels",
  "erp.inventory_levels.on_hand|erp.inventory_levels.available",
]
why      = "The shop takes money for goods that do not exist; each order ends in an apology and a refund."
remedy   = "Stop the sale of the product, look at the orders taken since, and find out why the last movements did not reach the shop."
false_alarms = "Goods that a supplier sends straight to the buyer, and stock that the ERP does not keep. What may be sold on back order is left out."
fix      = "none"
recheck  = true
checked  = """
select count(*)
from product_twins as t
inner join followers as f on t.shop_system = f.system and t.erp_system = f.owner and f.entity = 'inventory_levels'
"""

[params.grace_minutes]
default = 15
unit    = "minutes"
help    = "Stock changed later than this in either system may still be on its way."
+++ */
with offered as (
  select
    i.system,
    i.variant_id,
    sum(coalesce(i.available, i.on_hand)) as quantity,
    max(i.updated_at) as updated_at
  from inventory_levels as i
  inner join followers as f on i.system = f.system and f.entity = 'inventory_levels'
  left join locations as o on i.system = o.system and i.location_id = o.record_id
  where
    i.deleted_at is null
    and i.is_active is not false
    and o.is_active is not false
    and (o.extra ->> '$.is_pool') is distinct from 'true'
  group by
    i.system,
    i.variant_id
  having bool_or(i.is_infinite) is not true and sum(coalesce(i.available, i.on_hand)) > 0
),

owners_of_stock as (
  select distinct f.owner
  from followers as f
  where f.entity = 'inventory_levels'
),

sold_out as (
  select
    e.system,
    e.variant_id,
    sum(coalesce(e.on_hand, e.available)) as quantity,
    max(e.updated_at) as updated_at
  from inventory_levels as e
  inner join owners_of_stock as w on e.system = w.owner
  where e.deleted_at is null and e.is_active is not false
  group by
    e.system,
    e.variant_id
  having bool_or(e.is_infinite) is not true and count(*) = count(coalesce(e.on_hand, e.available)) and max(coalesce(e.on_hand, e.available)) <= 0
)

select
  h.system,
  h.variant_id as record_id,
  cast(null as varchar) as salesforce_id,
  'products' as entity,
  e.variant_id as discriminator,
  coalesce(v.sku, h.variant_id) as label,
  'Product ' || coalesce(v.sku, h.variant_id) || ' is sold out ' || in_system(e.system) || ', and ' || number_text(h.quantity) || ' are for sale '
  || in_system(h.system) || '.' as message,
  [diff_field('in_stock', number_text(h.quantity), number_text(e.quantity))] as diff,
  greatest(h.updated_at, e.updated_at) as occurred_at,
  [related_record(e.system, e.variant_id)] as related,
  v.title
from offered as h
inner join followers as f on h.system = f.system and f.entity = 'inventory_levels'
inner join product_twins as t on h.system = t.shop_system and h.variant_id = t.shop_id and f.owner = t.erp_system
inner join sold_out as e on t.erp_system = e.system and t.erp_id = e.variant_id
inner join products as v on h.system = v.system and h.variant_id = v.record_id
where
  v.status = 'active'
  and v.is_tracked is not false
  and coalesce(greatest(h.updated_at, e.updated_at), timestamp '1970-01-01') < $as_of - to_minutes(cast($grace_minutes as bigint))
