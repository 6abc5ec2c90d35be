/* +++
title    = "Every place with stock is known on both sides"
question = "Which places hold stock on one side and are linked to no place on the other, or may be any of several?"
severity = "medium"
entity   = "inventory_levels"
owned    = "inventory_levels"
since    = "0.2"
needs    = ["shop.products", "shop.locations", "shop.inventory_levels", "salesforce.products", "salesforce.locations", "salesforce.inventory_levels"]
why      = "The stock of such a place is compared with nothing: it can be wrong for years, or be counted twice."
remedy   = "Make the place in Salesforce and write the owner's id into it, or rename one of the two so that codes or names agree. Where several fit, a person has to say which one it is: write the id into that one. Close places that nobody uses."
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
  inner join locations as o on i.system = o.system and i.location_id = o.record_id
  where
    i.deleted_at is null
    and o.deleted_at is null
    and o.is_active is not false
    and (o.extra ->> '$.is_pool') is distinct from 'true'
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

-- Where several places fit equally well nobody is chosen, and none is missing: one finding names them all.
doubtful as (
  select
    k.shop_system,
    k.shop_id,
    k.salesforce_system,
    k.salesforce_id,
    k.method
  from location_links as k
  where
    k.certainty = 'ambiguous'
    and not exists (
      select 1
      from location_links as x
      where x.shop_system = k.shop_system and x.shop_id = k.shop_id and x.is_primary
    )
),

fitting_there as (
  select
    d.salesforce_system,
    d.salesforce_id,
    count(*) as records,
    string_agg(distinct replace(d.method, '_', ' '), ' or ' order by replace(d.method, '_', ' ')) as method,
    list(related_record(d.shop_system, d.shop_id) order by d.shop_system, d.shop_id) as related,
    count(f.location_id) as told
  from doubtful as d
  left join filled as f on d.shop_system = f.system and d.shop_id = f.location_id
  group by
    d.salesforce_system,
    d.salesforce_id
),

fitting as (
  select
    d.shop_system,
    d.shop_id,
    count(*) as records,
    max(n.records) as rivals,
    string_agg(distinct replace(d.method, '_', ' '), ' or ' order by replace(d.method, '_', ' ')) as method,
    list(related_record(d.salesforce_system, d.salesforce_id) order by d.salesforce_system, d.salesforce_id) as related
  from doubtful as d
  inner join fitting_there as n on d.salesforce_system = n.salesforce_system and d.salesforce_id = n.salesforce_id
  group by
    d.shop_system,
    d.shop_id
),

places as (
  select
    f.system,
    f.location_id as record_id,
    cast(null as varchar) as salesforce_id,
    case
      when n.shop_id is null then 'is linked to no place in Salesforce'
      when n.records = 1
        then 'may be a place in Salesforce that ' || n.rivals || ' places fit equally well by ' || n.method || ': nothing tells which it is'
      else 'may be any of ' || n.records || ' places in Salesforce: they fit by ' || n.method || ', and nothing tells which it is'
    end as fate,
    n.related,
    f.products,
    f.units,
    f.updated_at
  from filled as f
  left join fitting as n on f.system = n.shop_system and f.location_id = n.shop_id
  union all
  select
    f.system,
    cast(null as varchar) as record_id,
    f.location_id as salesforce_id,
    case
      when n.salesforce_id is null then 'is linked to no place of a shop or ERP that owns stock'
      when n.records = 1 then 'may be a place of a shop or ERP that other places fit equally well by ' || n.method || ': nothing tells which it is'
      else 'may be any of ' || n.records || ' places of a shop or ERP: they fit by ' || n.method || ', and nothing tells which it is'
    end as fate,
    n.related,
    f.products,
    f.units,
    f.updated_at
  from filled_there as f
  left join fitting_there as n on f.system = n.salesforce_system and f.location_id = n.salesforce_id
  -- Where the other side has stock, its finding names this place.
  where coalesce(n.told, 0) = 0
)

select
  p.system,
  p.record_id,
  p.salesforce_id,
  'locations' as entity,
  coalesce(o.name, o.code, o.record_id) as label,
  'Place ' || coalesce(o.name, o.code, o.record_id) || ' holds stock of ' || p.products || ' products ' || in_system(p.system) || ' and ' || p.fate || '.' as message,
  p.updated_at as occurred_at,
  case when p.related is null then 'certain' else 'review' end as confidence,
  p.related,
  p.products,
  number_text(p.units) as units
from places as p
inner join locations as o on p.system = o.system and coalesce(p.record_id, p.salesforce_id) = o.record_id
where o.deleted_at is null and o.is_active is not false
