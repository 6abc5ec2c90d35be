-- A product; where the source has parents and variants, the variant. Where no products are mapped, those of its stock and prices.
with
named as (
  select
    coalesce(role_product_id, sku_key(role_sku)) as id,
    role_sku as sku,
    seen_at,
    file,
    line
  from mapped.inventory_levels
  union all
  select
    coalesce(role_product_id, sku_key(role_sku)) as id,
    role_sku as sku,
    seen_at,
    file,
    line
  from mapped.prices
),

first_named as (
  select
    n.id,
    min(n.sku) as sku,
    arg_min(n.seen_at, (n.file, n.line)) as seen_at,
    arg_min(n.file, (n.file, n.line)) as file,
    arg_min(n.line, (n.file, n.line)) as line
  from named as n
  where n.id is not null and not exists (select 1 from mapped.products)
  group by n.id
)

select
  id as record_id,
  coalesce(role_product_id, id) as product_id,
  external_ids_of(role_external_id) as external_ids,
  role_sku as sku,
  sku_key(role_sku) as sku_key,
  role_barcode as barcode,
  role_title as title,
  role_variant_title as variant_title,
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
  try_flag(role_is_tracked) as is_tracked,
  try_flag(role_is_gift_card) as is_gift_card,
  created_at,
  updated_at,
  coalesce(utc(role_deleted_at), case when is_deleted then coalesce(updated_at, seen_at) end) as deleted_at,
  seen_at,
  file,
  line
from mapped.products
union all
select
  n.id as record_id,
  n.id as product_id,
  external_ids_of(cast(null as varchar)) as external_ids,
  n.sku,
  sku_key(n.sku) as sku_key,
  cast(null as varchar) as barcode,
  cast(null as varchar) as title,
  cast(null as varchar) as variant_title,
  cast(null as varchar) as product_type,
  cast(null as varchar) as status,
  cast(null as varchar) as raw_status,
  cast(null as boolean) as is_tracked,
  cast(null as boolean) as is_gift_card,
  cast(null as timestamp) as created_at,
  cast(null as timestamp) as updated_at,
  cast(null as timestamp) as deleted_at,
  n.seen_at,
  n.file,
  n.line
from first_named as n
