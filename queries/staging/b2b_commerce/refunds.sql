-- A refund of a payment. The order is that of its payment summary, else that of its payment group.
select
  id18(r.id) as record_id,
  id18(coalesce(s.originalorderid, gs.originalorderid, g.sourceobjectid)) as order_id,
  try_money(r.amount) as amount,
  upper(coalesce(r.currencyisocode, o.currencyisocode, (
    select x.currency from systems as x
    where x.system = getvariable('system')
  ))) as currency,
  coalesce(lower(r.status) = 'processed' and try_money(r.amount) > 0, false) as money_moved,
  without_cards(blank(r.comments)) as reason,
  coalesce(try_utc(r.date), try_utc(r.createddate)) as created_at,
  try_utc(r.systemmodstamp) as updated_at,
  case when try_flag(r.isdeleted) then coalesce(try_utc(r.systemmodstamp), r.seen_at) end as deleted_at,
  json_object('status', r.status, 'type', r.type) as extra,
  r.seen_at,
  r.file,
  r.line
from raw.refunds as r
left join raw.order_payment_summaries as p on id18(r.orderpaymentsummaryid) = id18(p.id)
left join raw.order_summaries as s on id18(p.ordersummaryid) = id18(s.id)
left join raw.payment_groups as g on id18(r.paymentgroupid) = id18(g.id)
left join raw.order_summaries as gs on id18(g.sourceobjectid) = id18(gs.id)
inner join raw.orders as o on id18(coalesce(s.originalorderid, gs.originalorderid, g.sourceobjectid)) = id18(o.id)
