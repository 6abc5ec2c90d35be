-- Goods of a return order.
select
  id18(n.id) as record_id,
  id18(n.returnorderid) as return_id,
  id18(coalesce(i.originalorderitemid, n.orderitemid, n.orderitemsummaryid)) as line_id,
  coalesce(nullif(try_quantity(n.quantityreturned), 0), try_quantity(n.quantityexpected)) as quantity,
  'in' as direction,
  json_object('reason', n.reasonforreturn, 'repayment', n.repaymentmethod, 'received', n.quantityreceived) as extra,
  n.seen_at,
  n.file,
  n.line
from raw.return_order_items as n
inner join raw.return_orders as r on id18(n.returnorderid) = id18(r.id)
left join raw.order_summaries as s on id18(r.ordersummaryid) = id18(s.id)
inner join raw.orders as o on id18(coalesce(s.originalorderid, r.orderid)) = id18(o.id)
left join raw.order_item_summaries as i on id18(n.orderitemsummaryid) = id18(i.id)
where not coalesce(try_flag(n.isdeleted), false) and coalesce(lower(n.typecode), 'product') <> 'charge'
