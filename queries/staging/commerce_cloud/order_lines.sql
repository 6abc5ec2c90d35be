-- A line as ordered, each thing once, where its money lies: options and parts of bundles are lines of their own only where they have a
-- price, otherwise they are a property of the line above them. Bonus products are lines like any other.
-- A line is known by its position in the order, which both the API and the files tell; the API's own item id is in no file.
with
both_sources as (
  select * from raw.orders
  union all by name
  select * from raw.orders_xml
),

numbered as (
  select
    case when count(*) over (partition by b.number) > 1 and b.site is not null then b.id else b.number end as order_id,
    b.*
  from both_sources as b
  where coalesce(b.status, '') not in ('created', 'failed')
),

unfolded as (
  select
    order_id,
    currency,
    is_gross,
    created_at,
    updated_at,
    deleted_at,
    shipments,
    seen_at,
    file,
    line,
    unnest(lines) as l
  from numbered
),

priced as (
  select
    *,
    coalesce(case when is_gross then l.gross else l.net end, cast(l.base * l.quantity as decimal(38, 6))) as amount,
    case when is_gross then l.less_gross else l.less_net end as less
  from unfolded
  where l.kind in ('product', 'gift_certificate') or coalesce(l.gross, l.net, 0) <> 0
)

select
  order_id || '/' || l.position || case when l.part <> '' then '/' || l.part else '' end as record_id,
  order_id,
  row_number() over (
    partition by order_id
    order by l.kind = 'gift_certificate', length(l.position), l.position, l.kind <> 'product', l.part
  ) as line_no,
  l.sku as sku,
  sku_key(l.sku) as sku_key,
  l.sku as product_id,
  l.sku as variant_id,
  blank(l.title) as title,
  l.quantity as quantity,
  l.quantity as current_quantity,
  case
    when list_contains(list_transform(list_filter(shipments, lambda s: s.status = 'shipped'), lambda s: s.id), l.shipment) then l.quantity
    else 0
  end as fulfilled_quantity,
  coalesce(l.base, cast(amount / nullif(l.quantity, 0) as decimal(38, 6))) as unit_price,
  less as discount,
  l.tax - l.less_tax as tax,
  amount - less as total,
  currency,
  is_gross as tax_included,
  l.kind = 'gift_certificate' as is_gift_card,
  case when l.kind in ('option', 'bundled') then order_id || '/' || l.position end as parent_line_id,
  created_at,
  updated_at,
  deleted_at,
  seen_at,
  file,
  line
from priced
