-- Stock where it is counted: on the product, or on the variation. What variations share is counted once, on their parent.
-- The quantity falls when an order is placed, so it is what can still be sold, not what lies in the store. Nothing is known of places.
with
counted as (
  select
    id,
    sku,
    stock_quantity,
    backorders,
    status,
    updated_at,
    seen_at,
    file,
    line
  from raw.products
  where manage_stock = 'true' and type <> 'grouped'
  union all
  select
    v.id,
    case when sku_key(v.sku) <> coalesce(sku_key(p.sku), '') then v.sku end as sku,
    v.stock_quantity,
    v.backorders,
    case when p.status = 'trash' then 'trash' else v.status end as status,
    v.updated_at,
    v.seen_at,
    v.file,
    v.line
  from raw.variations as v
  left join raw.products as p on v.product_id = p.id
  where v.manage_stock = 'true'
)

select
  id as record_id,
  id as variant_id,
  sku_key(sku) as sku_key,
  'default' as location_id,
  stock_quantity as available,
  -- What may be sold on backorder does not run out: being below nothing is no fault then.
  stock_quantity <= 0 and coalesce(backorders, 'no') <> 'no' as is_infinite,
  status <> 'trash' as is_active,
  updated_at,
  case when status = 'trash' then coalesce(updated_at, seen_at) end as deleted_at,
  json_object('backorders', backorders) as extra,
  seen_at,
  file,
  line
from counted
