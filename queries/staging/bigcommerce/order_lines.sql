-- A line as ordered. Refunds leave quantity as it was and are counted beside it; a line taken out of the order stays with quantity 0.
with
lines as (
  select
    o.id as order_id,
    o.currency,
    o.tax_included,
    o.created_at,
    case when o.is_deleted then o.updated_at end as deleted_at,
    o.seen_at,
    o.file,
    o.line,
    unnest(o.lines) as l
  from raw.orders as o
  where o.status_id <> 0
),

parts as (
  select
    *,
    try_quantity(l.quantity) as quantity,
    coalesce(try_quantity(l.quantity_refunded), 0) as refunded,
    coalesce(list_sum(list_transform(l.applied_discounts, lambda d: money(d.amount))), 0) as discount,
    row_number() over (partition by order_id order by length(l.id), l.id) as line_no
  from lines
)

select
  l.id as record_id,
  order_id,
  line_no,
  case
    when blank(l.external_id) is not null then map_from_entries([struct_pack(k := 'source_id', v := l.external_id)])
  end as external_ids,
  blank(l.sku) as sku,
  sku_key(l.sku) as sku_key,
  nullif(l.product_id, '0') as product_id,
  nullif(l.variant_id, '0') as variant_id,
  l.name as title,
  quantity,
  quantity - refunded as current_quantity,
  try_quantity(l.quantity_shipped) as fulfilled_quantity,
  refunded as refunded_quantity,
  money(case when tax_included then l.price_inc_tax else l.price_ex_tax end) as unit_price,
  discount,
  money(l.total_tax) as tax,
  money(case when tax_included then l.total_inc_tax else l.total_ex_tax end) - discount as total,
  currency,
  tax_included,
  l.type = 'giftcertificate' as is_gift_card,
  nullif(l.parent_order_product_id, '0') as parent_line_id,
  created_at,
  deleted_at,
  seen_at,
  file,
  line
from parts
