-- Stock by item, with one entry for every location.
select
  identity.product_id || '/' || coalesce(identity.variant_id, identity.sku) as id,
  cast(null as varchar) as parent_id,
  cast(null as timestamp) as updated_at,
  identity.variant_id as variant_id,
  identity.product_id as product_id,
  identity.sku as sku,
  locations,
  filename
from read_json(
  $files,
  format = 'newline_delimited',
  filename = true,
  columns = {
    'identity': 'struct(sku varchar, variant_id varchar, product_id varchar)',
    'locations': 'struct(
      location_id varchar,
      location_code varchar,
      location_enabled boolean,
      available_to_sell decimal(18, 4),
      total_inventory_onhand decimal(18, 4),
      settings struct(safety_stock decimal(18, 4))
    )[]'
  }
)
