-- Physical stock at a source falls only when goods are shipped; what a website can still sell falls when they are ordered.
-- The first is on_hand of the source, the second available of the website's pool. Stock without sources falls when goods are ordered;
-- what nobody counts has none.
with
variants as (
  select
    sku_key(sku) as sku_key,
    min(id) as id
  from raw.products
  group by sku_key(sku)
)

select
  s.id as record_id,
  variants.id as variant_id,
  sku_key(s.sku) as sku_key,
  s.source_code as location_id,
  s.quantity as on_hand,
  cast(null as decimal(18, 4)) as available,
  false as is_infinite,
  coalesce(sources.enabled, true) as is_active,
  json_object('in_stock', s.status = 1) as extra,
  s.seen_at,
  s.file,
  s.line
from raw.source_items as s
left join raw.sources as sources on s.source_code = sources.id
left join variants on sku_key(s.sku) = variants.sku_key
union all
select
  'website/' || s.id as record_id,
  variants.id as variant_id,
  sku_key(s.sku) as sku_key,
  'website/' || s.website as location_id,
  cast(null as decimal(18, 4)) as on_hand,
  s.qty as available,
  false as is_infinite,
  true as is_active,
  json_object('in_stock', s.is_salable) as extra,
  s.seen_at,
  s.file,
  s.line
from raw.salable as s
left join variants on sku_key(s.sku) = variants.sku_key
union all
select
  'product/' || s.id as record_id,
  variants.id as variant_id,
  sku_key(s.sku) as sku_key,
  'default' as location_id,
  cast(null as decimal(18, 4)) as on_hand,
  s.qty as available,
  s.qty <= 0 and coalesce(s.backorders, 0) > 0 as is_infinite,
  true as is_active,
  json_object('in_stock', s.is_in_stock) as extra,
  s.seen_at,
  s.file,
  s.line
from raw.stock_items as s
left join variants on sku_key(s.sku) = variants.sku_key
where s.manage_stock is not false
