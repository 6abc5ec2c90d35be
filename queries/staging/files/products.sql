-- A product; where the source has parents and variants, the variant.
select
  id as record_id,
  coalesce(role_product_id, id) as product_id,
  external_ids_of(role_external_id) as external_ids,
  role_sku as sku,
  sku_key(role_sku) as sku_key,
  role_barcode as barcode,
  role_title as title,
  role_variant_title as variant_title,
  coalesce(
    value_status,
    case try_flag(role_is_active)
      when true then 'active'
      when false then 'archived'
    end,
    lower(role_status)
  ) as status,
  coalesce(role_status, role_is_active) as raw_status,
  try_flag(role_is_tracked) as is_tracked,
  try_flag(role_is_gift_card) as is_gift_card,
  created_at,
  updated_at,
  coalesce(utc(role_deleted_at), case when is_deleted then coalesce(updated_at, seen_at) end) as deleted_at,
  seen_at,
  file,
  line
from mapped.products
