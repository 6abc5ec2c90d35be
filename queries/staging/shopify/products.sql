-- A sellable variant with what its product says.
with
gone as (
  select
    subject_gid,
    min(updated_at) as deleted_at
  from raw.deletions
  where subject_type in ('PRODUCT', 'PRODUCT_VARIANT')
  group by subject_gid
)

select
  gid_tail(v.id) as record_id,
  gid_tail(v.parent_id) as product_id,
  blank(v.sku) as sku,
  sku_key(v.sku) as sku_key,
  blank(v.barcode) as barcode,
  p.title,
  nullif(v.title, 'Default Title') as variant_title,
  blank(p.product_type) as product_type,
  lower(p.status) as status,
  p.status as raw_status,
  v.is_tracked,
  p.is_gift_card,
  gid_tail(v.inventory_item_gid) as inventory_item_id,
  coalesce(v.created_at, p.created_at) as created_at,
  greatest(v.updated_at, p.updated_at) as updated_at,
  coalesce(gone_variant.deleted_at, gone_product.deleted_at) as deleted_at,
  v.seen_at,
  v.file,
  v.line
from raw.products as v
left join raw.products as p on v.parent_id = p.id
left join gone as gone_variant on v.id = gone_variant.subject_gid
left join gone as gone_product on v.parent_id = gone_product.subject_gid
where v.parent_id is not null
