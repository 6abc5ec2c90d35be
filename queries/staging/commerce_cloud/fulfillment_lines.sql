-- A line of a shipment that has left; the platform ships lines whole.
with
both_sources as (
  select * from raw.orders
  union all by name
  select * from raw.orders_xml
),

numbered as (
  select
    case when count(*) over (partition by b.number) > 1 and b.site is not null then b.id else b.number end as order_id,
    b.*,
    list_transform(list_filter(b.shipments, lambda s: s.status = 'shipped'), lambda s: s.id) as left_shipments,
    list_filter(b.lines, lambda l: l.kind = 'product') as products
  from both_sources as b
  where coalesce(b.status, '') not in ('created', 'failed') and b.deleted_at is null
),

unfolded as (
  select
    order_id,
    left_shipments,
    seen_at,
    file,
    line,
    unnest(products) as l
  from numbered
)

select
  order_id || '/' || l.shipment || '/' || l.position as record_id,
  order_id || '/' || l.shipment as fulfillment_id,
  order_id || '/' || l.position as line_id,
  l.quantity as quantity,
  seen_at,
  file,
  line
from unfolded
where list_contains(left_shipments, l.shipment)
