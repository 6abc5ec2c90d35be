-- Goods of a fulfilment order; charges have no line in the order.
select
  id18(n.id) as record_id,
  id18(n.fulfillmentorderid) as fulfillment_id,
  id18(coalesce(i.originalorderitemid, n.orderitemid, n.orderitemsummaryid)) as line_id,
  try_quantity(n.quantity) as quantity,
  json_object('original_quantity', n.originalquantity, 'rejected_quantity', n.rejectedquantity) as extra,
  n.seen_at,
  n.file,
  n.line
from raw.fulfillment_order_items as n
inner join raw.fulfillment_orders as f on id18(n.fulfillmentorderid) = id18(f.id)
left join raw.order_summaries as s on id18(f.ordersummaryid) = id18(s.id)
inner join raw.orders as o on id18(coalesce(s.originalorderid, f.orderid)) = id18(o.id)
left join raw.order_item_summaries as i on id18(n.orderitemsummaryid) = id18(i.id)
left join raw.order_items as p on id18(n.orderitemid) = id18(p.id)
where not coalesce(try_flag(n.isdeleted), false) and coalesce(lower(i.typecode), lower(p.typecode), 'product') <> 'charge'
