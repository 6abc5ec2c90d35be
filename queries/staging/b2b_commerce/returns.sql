-- A return order.
with
quantities as (
  select
    id18(returnorderid) as return_id,
    sum(coalesce(try_quantity(quantityexpected), try_quantity(quantityreturned))) as quantity,
    bool_or(lower(repaymentmethod) = 'replace') as is_exchange
  from raw.return_order_items
  where not coalesce(try_flag(isdeleted), false) and coalesce(lower(typecode), 'product') <> 'charge'
  group by id18(returnorderid)
)

select
  id18(r.id) as record_id,
  id18(coalesce(s.originalorderid, r.orderid)) as order_id,
  case lower(coalesce(r.statuscategory, r.status))
    when 'draft' then 'requested'
    when 'closed' then 'closed'
    when 'canceled' then 'cancelled'
    when 'cancelled' then 'cancelled'
    else 'open'
  end as status,
  r.status as raw_status,
  coalesce(q.is_exchange, false) or lower(r.status) = 'pending exchange' as is_exchange,
  q.quantity as total_quantity,
  try_utc(r.createddate) as created_at,
  case when lower(coalesce(r.statuscategory, r.status)) = 'closed' then try_utc(r.systemmodstamp) end as closed_at,
  case when try_flag(r.isdeleted) then coalesce(try_utc(r.systemmodstamp), r.seen_at) end as deleted_at,
  json_object('number', r.returnordernumber, 'life_cycle_type', r.lifecycletype) as extra,
  r.seen_at,
  r.file,
  r.line
from raw.return_orders as r
left join raw.order_summaries as s on id18(r.ordersummaryid) = id18(s.id)
inner join raw.orders as o on id18(coalesce(s.originalorderid, r.orderid)) = id18(o.id)
left join quantities as q on id18(r.id) = q.return_id
