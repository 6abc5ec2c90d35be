-- Stock of a product at a location.
with
skus as (
  select
    id,
    min(role_sku) as sku
  from mapped.products
  where role_sku is not null
  group by id
)

select
  m.id as record_id,
  id18(m.role_product_id) as variant_id,
  sku_key(coalesce(m.role_sku, p.sku)) as sku_key,
  id18(m.role_location_id) as location_id,
  m.role_store as store,
  try_quantity(m.role_on_hand) as on_hand,
  try_quantity(m.role_available) as available,
  try_quantity(m.role_committed) as committed,
  try_quantity(m.role_safety_stock) as safety_stock,
  true as is_active,
  m.updated_at,
  case when m.is_deleted then coalesce(m.modstamp, m.updated_at, m.seen_at) end as deleted_at,
  m.seen_at,
  m.file,
  m.line
from mapped.inventory_levels as m
left join skus as p on id18(m.role_product_id) = p.id
