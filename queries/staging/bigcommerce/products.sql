-- A sellable variant. SKU and barcode may lie with the product where it has one variant only.
with
variants as (
  select
    p.* exclude (variants),
    unnest(p.variants) as v,
    len(p.variants) as siblings
  from raw.products as p
)

select
  v.id as record_id,
  id as product_id,
  coalesce(blank(v.sku), case when siblings = 1 then blank(sku) end) as sku,
  sku_key(coalesce(blank(v.sku), case when siblings = 1 then blank(sku) end)) as sku_key,
  coalesce(blank(v.upc), case when siblings = 1 then blank(upc) end) as barcode,
  name as title,
  nullif(array_to_string(list_transform(v.option_values, lambda o: o.label), ' / '), '') as variant_title,
  type as product_type,
  case
    when availability = 'disabled' or v.purchasing_disabled then 'draft'
    when is_visible is not true then 'unlisted'
    else 'active'
  end as status,
  availability as raw_status,
  inventory_tracking <> 'none' as is_tracked,
  false as is_gift_card,
  created_at,
  updated_at,
  seen_at,
  file,
  line
from variants
