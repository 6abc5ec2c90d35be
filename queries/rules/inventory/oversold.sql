/* +++
title    = "No stock is promised twice"
question = "Where is less than nothing available, or more promised than lies on the shelf?"
severity = "critical"
entity   = "inventory_levels"
since    = "0.1"
needs    = ["any.inventory_levels"]
why      = "Orders were taken that cannot be delivered; each of them ends in an apology, a refund or an expensive purchase."
remedy   = "Stop the sale of the product at that location, then decide which orders are served. Look for stock that is sold in two channels at once."
false_alarms = "Products that may be sold on back order where the platform does not say so; where it does they are left out, as are shelves that are closed."
fix      = "none"
recheck  = true
checked  = """
select count(*)
from inventory_levels as i
where i.deleted_at is null and i.is_active is not false and i.is_infinite is not true and (i.available is not null or i.committed is not null)
"""
+++ */
with short as (
  select
    i.system,
    i.record_id,
    s.side,
    i.variant_id,
    i.location_id,
    i.sku_key,
    i.on_hand,
    i.available,
    i.committed,
    i.updated_at
  from inventory_levels as i
  inner join systems as s on i.system = s.system
  where
    i.deleted_at is null
    and i.is_active is not false
    and i.is_infinite is not true
    and (i.available + coalesce(i.safety_stock, 0) < 0 or i.committed > i.on_hand)
)

select
  x.system,
  case when x.side = 'salesforce' then null else x.record_id end as record_id,
  case when x.side = 'salesforce' then x.record_id end as salesforce_id,
  coalesce(v.sku, x.sku_key, x.variant_id, x.record_id) as label,
  'Product ' || coalesce(v.sku, x.sku_key, x.variant_id, x.record_id) || ' at ' || coalesce(o.name, x.location_id, 'an unknown location')
  || ' is oversold ' || in_system(x.system) || ': '
  || case
    when x.committed > x.on_hand then number_text(x.committed) || ' promised, ' || number_text(x.on_hand) || ' on hand'
    else number_text(x.available) || ' available'
  end || '.' as message,
  x.updated_at as occurred_at,
  number_text(x.on_hand) as on_hand,
  number_text(x.available) as available,
  number_text(x.committed) as committed,
  o.name as location
from short as x
left join products as v on x.system = v.system and x.variant_id = v.record_id
left join locations as o on x.system = o.system and x.location_id = o.record_id
