/* +++
title    = "Every place with stock is known on both sides"
question = "Which places hold stock on one side and are linked to no place on the other?"
severity = "medium"
entity   = "inventory_levels"
owned    = "inventory_levels"
since    = "0.2"
needs    = ["shop.products", "shop.locations", "shop.inventory_levels", "salesforce.products", "salesforce.locations", "salesforce.inventory_levels"]
why      = "The stock of such a place is compared with nothing: it can be wrong for years, or be counted twice."
remedy   = "Make the place in Salesforce and write the owner's id into it, or rename one of the two so that codes or names agree. Close places that nobody uses."
false_alarms = "Quarantine, returns and consignment places that are kept in one system on purpose; waive them. Places with stock of fewer products than the limit are left out."
fix      = "none"
recheck  = true
checked  = """
select count(*)
from (
  select distinct
    i.system,
    i.location_id
  from inventory_levels as i
  inner join compared as c on i.system = c.system and c.entity = 'inventory_levels'
  where i.deleted_at is null and i.location_id is not null and coalesce(i.on_hand, i.available) > 0
) as p
"""

[params.min_products]
default = 3
unit    = "products"
help    = "Places with stock of fewer products that both sides know are not reported."
+++ */
with filled as (
  select
    i.system,
    i.location_id,
    count(distinct i.variant_id) as products,
    sum(coalesce(i.on_hand, i.available)) as units,
    max(i.updated_at) as updated_at
  from inventory_levels as i
  inner join compared as c on i.system = c.system and c.entity = 'inventory_levels'
  inner join product_links as l on i.system = l.shop_system and i.variant_id = l.shop_id and l.is_primary
  where
    i.deleted_at is null
    and i.is_active is not false
    and i.is_infinite is not true
    and coalesce(i.on_hand, i.available) > 0
    and not exists (
      select 1
      from location_links as k
      where k.shop_system = i.system and k.shop_id = i.location_id and k.is_primary
    )
  group by
    i.system,
    i.location_id
  having count(distinct i.variant_id) >= $min_products
),

filled_there as (
  select
    i.system,
    i.location_id,
    count(distinct i.variant_id) as products,
    sum(coalesce(i.on_hand, i.available)) as units,
    max(i.updated_at) as updated_at
  from inventory_levels as i
  inner join systems as s on i.system = s.system and s.side = 'salesforce'
  where
    i.deleted_at is null
    and i.is_active is not false
    and coalesce(i.on_hand, i.available) > 0
    and exists (
      select 1
      from product_links as l
      where l.salesforce_system = i.system and l.salesforce_id = i.variant_id
    )
    and not exists (
      select 1
      from location_links as k
      where k.salesforce_system = i.system and k.salesforce_id = i.location_id and k.is_primary
    )
  group by
    i.system,
    i.location_id
  having count(distinct i.variant_id) >= $min_products
),

places as (
  select
    f.system,
    f.location_id as record_id,
    cast(null as varchar) as salesforce_id,
    coalesce(o.name, o.code, f.location_id) as label,
    'no place in Salesforce' as missing,
    f.products,
    f.units,
    f.updated_at
  from filled as f
  inner join locations as o on f.system = o.system and f.location_id = o.record_id
  where o.deleted_at is null and o.is_active is not false and (o.extra ->> '$.is_pool') is distinct from 'true'
  union all
  select
    f.system,
    cast(null as varchar) as record_id,
    f.location_id as salesforce_id,
    coalesce(o.name, o.code, f.location_id) as label,
    'no place of a shop or ERP that owns stock' as missing,
    f.products,
    f.units,
    f.updated_at
  from filled_there as f
  inner join locations as o on f.system = o.system and f.location_id = o.record_id
  where o.deleted_at is null and o.is_active is not false
)

select
  p.system,
  p.record_id,
  p.salesforce_id,
  'locations' as entity,
  p.label,
  'Place ' || p.label || ' holds stock of ' || p.products || ' products ' || in_system(p.system) || ' and is linked to ' || p.missing || '.' as message,
  p.updated_at as occurred_at,
  p.products,
  number_text(p.units) as units
from places as p
