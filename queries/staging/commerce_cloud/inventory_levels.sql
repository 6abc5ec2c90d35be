-- Stock of a product in an inventory list. A perpetual product is always there, whatever its figures say.
with
exported as (
  select x.*
  from raw.inventory_xml as x
  where x.element = 'record'
),

found as (
  select * from raw.inventory
  union all by name
  select * from exported
)

select
  product_id || '/' || list_id as record_id,
  product_id as variant_id,
  sku_key(product_id) as sku_key,
  list_id as location_id,
  on_hand,
  available,
  committed,
  is_infinite,
  true as is_active,
  updated_at,
  deleted_at,
  seen_at,
  file,
  line
from found
