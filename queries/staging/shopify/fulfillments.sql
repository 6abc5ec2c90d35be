-- A shipment: as the order tells it, else as its fulfilment order does. One shipment may serve several fulfilment orders.
with
of_orders as (
  select
    o.id as order_gid,
    o.seen_at,
    o.file,
    o.line,
    unnest(o.fulfillments) as f
  from raw.orders as o
  where o.parent_id is null
),

of_fulfillment_orders as (
  select
    f.*,
    fo.order_gid as owner_gid,
    row_number() over (partition by f.id order by fo.id) as nth
  from raw.fulfillments as f
  inner join raw.fulfillments as fo on f.parent_id = fo.id
  where starts_with(f.id, 'gid://shopify/Fulfillment/')
),

shipments as (
  select
    f.id,
    order_gid,
    f.status,
    f.trackinginfo[1].number as tracking_number,
    f.trackinginfo[1].company as carrier,
    f.location.id as location_gid,
    utc(f.createdat) as created_at,
    utc(f.updatedat) as updated_at,
    utc(f.deliveredat) as delivered_at,
    seen_at,
    file,
    line
  from of_orders
  union all
  select
    id,
    owner_gid,
    status,
    tracking_number,
    carrier,
    location_gid,
    created_at,
    updated_at,
    delivered_at,
    seen_at,
    file,
    line
  from of_fulfillment_orders
  where nth = 1 and id not in (
    select f.id from of_orders
    where f.id is not null
  )
)

select
  gid_tail(id) as record_id,
  gid_tail(order_gid) as order_id,
  case status
    when 'SUCCESS' then 'success'
    when 'CANCELLED' then 'cancelled'
    when 'ERROR' then 'failed'
    when 'FAILURE' then 'failed'
    when 'OPEN' then 'pending'
    when 'PENDING' then 'pending'
  end as status,
  status as raw_status,
  blank(tracking_number) as tracking_number,
  blank(carrier) as carrier,
  gid_tail(location_gid) as location_id,
  created_at as shipped_at,
  delivered_at,
  created_at,
  updated_at,
  seen_at,
  file,
  line
from shipments
