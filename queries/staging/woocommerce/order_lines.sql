-- A line as ordered. WooCommerce lowers no quantity when goods are refunded, so what is left is what was ordered less what was refunded.
-- The price of one is made of subtotal and quantity, in whole numbers: a division of decimals would go over a fraction.
with
items as (
  select
    o.id as order_id,
    o.currency,
    o.created_at,
    o.updated_at,
    case when o.status = 'trash' then coalesce(o.updated_at, o.seen_at) end as deleted_at,
    o.seen_at,
    o.file,
    o.line,
    unnest(range(1, len(o.line_items) + 1)) as line_no,
    unnest(o.line_items) as l
  from raw.orders as o
),

lines as (
  select
    *,
    cast(blank(l.quantity) as decimal(18, 4)) as quantity,
    money(l.subtotal) as subtotal,
    money(l.total) as total,
    cast(money(l.subtotal) * 1000000 as hugeint) * 10000 as millionths,
    cast(cast(blank(l.quantity) as decimal(18, 4)) * 10000 as hugeint) as parts,
    (list_filter(l.meta_data, lambda m: m.key = '_bundled_by')[1]).value ->> '$' as bundled_by,
    (list_filter(l.meta_data, lambda m: m.key = '_bundle_cart_key')[1]).value ->> '$' as bundle_key
  from items
),

bundles as (
  select
    order_id,
    bundle_key,
    min(l.id) as line_id
  from lines
  where bundle_key is not null
  group by
    order_id,
    bundle_key
),

refund_items as (
  select unnest(r.line_items) as l
  from raw.refunds as r
),

refunded as (
  select
    (list_filter(l.meta_data, lambda m: m.key = '_refunded_item_id')[1]).value ->> '$' as line_id,
    sum(abs(cast(blank(l.quantity) as decimal(18, 4)))) as quantity
  from refund_items
  group by all
)

select
  cast(n.l.id as varchar) as record_id,
  n.order_id,
  n.line_no,
  blank(n.l.sku) as sku,
  sku_key(n.l.sku) as sku_key,
  cast(nullif(n.l.product_id, 0) as varchar) as product_id,
  cast(coalesce(nullif(n.l.variation_id, 0), nullif(n.l.product_id, 0)) as varchar) as variant_id,
  n.l.name as title,
  n.quantity,
  n.quantity - coalesce(refunded.quantity, 0) as current_quantity,
  coalesce(refunded.quantity, 0) as refunded_quantity,
  case
    when n.quantity = 1 then n.subtotal
    when n.parts > 0 then cast((2 * n.millionths + n.parts) // (2 * n.parts) as decimal(31, 0)) * cast('0.000001' as decimal(7, 6))
  end as unit_price,
  n.subtotal - n.total as discount,
  money(n.l.total_tax) as tax,
  n.total,
  n.currency,
  false as tax_included,
  cast(bundles.line_id as varchar) as parent_line_id,
  n.created_at,
  n.updated_at,
  n.deleted_at,
  n.seen_at,
  n.file,
  n.line
from lines as n
left join refunded on cast(n.l.id as varchar) = refunded.line_id
left join bundles on n.order_id = bundles.order_id and n.bundled_by = bundles.bundle_key
