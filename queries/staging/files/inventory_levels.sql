-- Stock of a product at a location. Where only a SKU says which product it is, the product of that SKU.
with
skus as (
  select
    id,
    min(role_sku) as sku
  from mapped.products
  where role_sku is not null
  group by id
),

products_by_sku as (
  select
    sku_key(role_sku) as sku_key,
    min(id) as id
  from mapped.products
  where role_sku is not null
  group by sku_key
)

select
  m.id as record_id,
  coalesce(m.role_product_id, k.id, sku_key(m.role_sku)) as variant_id,
  sku_key(coalesce(m.role_sku, p.sku)) as sku_key,
  m.role_location_id as location_id,
  m.role_store as store,
  cast(m.role_on_hand as decimal(18, 4)) as on_hand,
  cast(m.role_available as decimal(18, 4)) as available,
  cast(m.role_committed as decimal(18, 4)) as committed,
  cast(m.role_incoming as decimal(18, 4)) as incoming,
  cast(m.role_safety_stock as decimal(18, 4)) as safety_stock,
  true as is_active,
  m.updated_at,
  coalesce(utc(m.role_deleted_at), case when m.is_deleted then coalesce(m.updated_at, m.seen_at) end) as deleted_at,
  m.seen_at,
  m.file,
  m.line
from mapped.inventory_levels as m
left join skus as p on m.role_product_id = p.id
left join products_by_sku as k on sku_key(m.role_sku) = k.sku_key
