-- Stock of an item at a location. What is not tracked in the catalogue has no level that means anything.
with
levels as (
  select
    i.*,
    unnest(i.locations) as l
  from raw.inventory as i
),

tracking as (
  select
    id,
    inventory_tracking = 'none' as is_infinite
  from raw.products
)

select
  levels.variant_id || '/' || l.location_id as record_id,
  levels.variant_id,
  sku_key(levels.sku) as sku_key,
  l.location_id as location_id,
  l.total_inventory_onhand as on_hand,
  l.available_to_sell as available,
  l.settings.safety_stock as safety_stock,
  coalesce(tracking.is_infinite, false) as is_infinite,
  coalesce(l.location_enabled, true) as is_active,
  levels.seen_at,
  levels.file,
  levels.line
from levels
left join tracking on levels.product_id = tracking.id
