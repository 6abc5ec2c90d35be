-- What can be sold: simple products and the like, and variations; neither products that only hold variations nor groups.
-- A variation without a SKU of its own shows its parent's, which names all its siblings as well: that is no SKU of this variation.
with
sellable as (
  select
    p.id as record_id,
    p.id as product_id,
    p.sku,
    p.global_unique_id,
    p.name as title,
    cast(null as varchar) as variant_title,
    p.status as raw_status,
    p.status,
    p.manage_stock,
    p.created_at,
    p.updated_at,
    case when p.status = 'trash' then coalesce(p.updated_at, p.seen_at) end as deleted_at,
    case when p.type <> 'simple' then p.type end as type,
    p.type as product_type,
    p.seen_at,
    p.file,
    p.line
  from raw.products as p
  where p.type not in ('variable', 'variable-subscription', 'grouped')
  union all
  select
    v.id,
    v.product_id,
    case when sku_key(v.sku) <> coalesce(sku_key(p.sku), '') then v.sku end as sku,
    v.global_unique_id,
    coalesce(p.name, v.name) as title,
    coalesce(blank(v.name), array_to_string(list_transform(v.attributes, lambda a: a.option), ', ')) as variant_title,
    v.status as raw_status,
    case when v.status = 'publish' then coalesce(p.status, v.status) else v.status end as status,
    case when v.manage_stock = 'parent' then p.manage_stock else v.manage_stock end as manage_stock,
    v.created_at,
    greatest(v.updated_at, p.updated_at) as updated_at,
    case when p.status = 'trash' or v.status = 'trash' then coalesce(greatest(v.updated_at, p.updated_at), v.seen_at) end as deleted_at,
    'variation' as type,
    p.type as product_type,
    v.seen_at,
    v.file,
    v.line
  from raw.variations as v
  left join raw.products as p on v.product_id = p.id
)

select
  record_id,
  product_id,
  blank(sku) as sku,
  sku_key(sku) as sku_key,
  blank(global_unique_id) as barcode,
  title,
  variant_title,
  product_type,
  case status
    when 'publish' then 'active'
    when 'private' then 'unlisted'
    when 'trash' then 'archived'
    else 'draft'
  end as status,
  raw_status,
  -- Whether stock is counted says nothing about whether a product belongs into the catalogue: WooCommerce also sells what nobody counts.
  case when manage_stock in ('true', 'parent') then true end as is_tracked,
  created_at,
  updated_at,
  deleted_at,
  case when type is not null then json_object('type', type) end as extra,
  seen_at,
  file,
  line
from sellable
