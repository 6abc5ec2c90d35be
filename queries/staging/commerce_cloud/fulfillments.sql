-- A shipment that has left. Every order has shipments from the beginning; what is not shipped is no more than an address.
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
  where coalesce(b.status, '') not in ('created', 'failed') and b.deleted_at is null
),

unfolded as (
  select
    order_id,
    updated_at,
    seen_at,
    file,
    line,
    unnest(shipments) as s
  from numbered
)

select
  order_id || '/' || s.id as record_id,
  order_id,
  'success' as status,
  s.status as raw_status,
  s.tracking_number as tracking_number,
  s.method as carrier,
  updated_at,
  seen_at,
  file,
  line
from unfolded
where s.status = 'shipped'
