-- A product; where the catalogue has parents and variations, the variation.
select
  id as record_id,
  coalesce(id18(role_product_id), id) as product_id,
  external_ids,
  role_sku as sku,
  sku_key(role_sku) as sku_key,
  role_barcode as barcode,
  role_title as title,
  role_product_type as product_type,
  coalesce(
    value_status,
    case try_flag(role_is_active)
      when true then 'active'
      when false then 'archived'
    end,
    lower(role_status)
  ) as status,
  coalesce(role_status, role_is_active) as raw_status,
  created_at,
  updated_at,
  case when is_deleted then coalesce(modstamp, updated_at, seen_at) end as deleted_at,
  seen_at,
  file,
  line
from mapped.products
