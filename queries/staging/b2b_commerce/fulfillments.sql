-- A fulfilment order: what one location sends to one recipient. Its shipment, if one is kept, tells carrier and tracking number.
with
parcels as (
  select
    id18(fulfillmentorderid) as fulfillment_id,
    min_by(trackingnumber, createddate) as tracking_number,
    min_by(provider, createddate) as carrier,
    max(try_utc(actualdeliverydate)) as delivered_at,
    count(*) as shipments
  from raw.shipments
  where fulfillmentorderid is not null and not coalesce(try_flag(isdeleted), false)
  group by id18(fulfillmentorderid)
)

select
  id18(f.id) as record_id,
  id18(coalesce(s.originalorderid, f.orderid)) as order_id,
  case upper(coalesce(f.statuscategory, f.status))
    when 'CLOSED' then 'success'
    when 'FULFILLED' then 'success'
    when 'CANCELLED' then 'cancelled'
    when 'REJECTED' then 'failed'
    else 'pending'
  end as status,
  f.status as raw_status,
  blank(p.tracking_number) as tracking_number,
  blank(p.carrier) as carrier,
  id18(f.fulfilledfromlocationid) as location_id,
  case
    when upper(f.statuscategory) = 'CLOSED' then coalesce(try_utc(f.closeddate), try_utc(f.systemmodstamp))
  end as shipped_at,
  p.delivered_at,
  try_utc(f.createddate) as created_at,
  try_utc(f.systemmodstamp) as updated_at,
  case when try_flag(f.isdeleted) then coalesce(try_utc(f.systemmodstamp), f.seen_at) end as deleted_at,
  json_object(
    'number', f.fulfillmentordernumber, 'type', f.type, 'is_reship', try_flag(f.isreship), 'shipments', coalesce(p.shipments, 0)
  ) as extra,
  f.seen_at,
  f.file,
  f.line
from raw.fulfillment_orders as f
left join raw.order_summaries as s on id18(f.ordersummaryid) = id18(s.id)
inner join raw.orders as o on id18(coalesce(s.originalorderid, f.orderid)) = id18(o.id)
left join parcels as p on id18(f.id) = p.fulfillment_id
