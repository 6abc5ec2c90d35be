-- What is sold by itself: simple, virtual, downloadable and bundle products. Configurable and grouped ones only gather others.
with
pairs as (
  select
    id,
    unnest(children) as child
  from raw.products
),

parents as (
  select
    child,
    min(id) as parent_id
  from pairs
  group by child
),

stocked as (
  select sku_key(sku) as sku_key
  from raw.source_items
  union
  select sku_key(sku) as sku_key
  from raw.stock_items
  where manage_stock is not false
)

select
  p.id as record_id,
  coalesce(parents.parent_id, p.id) as product_id,
  blank(p.sku) as sku,
  sku_key(p.sku) as sku_key,
  p.name as title,
  p.type_id as product_type,
  case p.status when 1 then 'active' else 'draft' end as status,
  cast(p.status as varchar) as raw_status,
  -- what no source holds is not tracked; without any list of stock nobody knows
  case
    when exists (select 1 from raw.source_items) or exists (select 1 from raw.stock_items) then stocked.sku_key is not null
  end as is_tracked,
  p.type_id = 'giftcard' as is_gift_card,
  p.created_at,
  p.updated_at,
  json_object('type', p.type_id, 'visibility', p.visibility) as extra,
  p.seen_at,
  p.file,
  p.line
from raw.products as p
left join parents on cast(p.id as bigint) = parents.child
left join stocked on sku_key(p.sku) = stocked.sku_key
where p.type_id not in ('configurable', 'grouped')
