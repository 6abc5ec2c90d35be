-- A line as ordered. What a refund without value takes away from an edited order is the edit, not a refund, and is not counted as refunded;
-- where nothing was edited it is something free that came back.
with
each_refund as (
  select
    id,
    unnest(refunds, recursive := false) as refund
  from raw.refunds
),

refunded_items as (
  select
    r.id,
    unnest(r.refund.refundlineitems, recursive := false) as item
  from each_refund as r
),

as_placed as (
  select distinct id
  from raw.orders
  where parent_id is null and is_edited is false
),

refunded as (
  select
    r.item.lineitem.id as line_gid,
    sum(r.item.quantity) as quantity
  from refunded_items as r
  left join as_placed as p on r.id = p.id
  where r.item.subtotalset.shopmoney.amount <> 0 or p.id is not null
  group by r.item.lineitem.id
),

shipped_lines as (
  select distinct
    l.id,
    l.line_gid,
    l.quantity
  from raw.fulfillments as l
  inner join raw.fulfillments as f on l.parent_id = f.id
  where starts_with(l.id, 'gid://shopify/FulfillmentLineItem/') and f.status <> 'CANCELLED'
),

shipped as (
  select
    line_gid,
    sum(quantity) as quantity
  from shipped_lines
  group by line_gid
),

orders as (
  select
    id,
    currency,
    taxes_included,
    created_at
  from raw.orders
  where parent_id is null
)

select
  gid_tail(l.id) as record_id,
  gid_tail(l.parent_id) as order_id,
  row_number() over (partition by l.parent_id order by length(l.id), l.id) as line_no,
  blank(l.sku) as sku,
  sku_key(l.sku) as sku_key,
  gid_tail(l.product_gid) as product_id,
  gid_tail(l.variant_gid) as variant_id,
  l.title || coalesce(' - ' || nullif(l.variant_title, 'Default Title'), '') as title,
  l.quantity,
  l.current_quantity,
  shipped.quantity as fulfilled_quantity,
  coalesce(refunded.quantity, 0) as refunded_quantity,
  l.unit_price,
  coalesce(l.allocated_discount, 0) as discount,
  coalesce(l.line_tax, 0) as tax,
  l.unit_price * l.quantity - coalesce(l.allocated_discount, 0) as total,
  o.currency,
  o.taxes_included as tax_included,
  l.is_gift_card,
  gid_tail(l.group_gid) as parent_line_id,
  o.created_at,
  l.seen_at,
  l.file,
  l.line
from raw.orders as l
left join orders as o on l.parent_id = o.id
left join refunded on l.id = refunded.line_gid
left join shipped on l.id = shipped.line_gid
where starts_with(l.id, 'gid://shopify/LineItem/')
