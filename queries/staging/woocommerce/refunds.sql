-- A refund. The amount is positive, and counts whether the gateway paid it back or somebody did so by hand: both reduce what the order brought.
-- extra says which; a deleted refund leaves no trace but that its order does not name it any more.
select
  r.id as record_id,
  r.order_id,
  r.amount,
  abs(r.tax) as tax,
  o.currency,
  r.amount > 0 as money_moved,
  without_cards(blank(r.reason)) as reason,
  r.created_at,
  -- A refund made while the orders were being read may not stand on its order yet: only older ones count as deleted.
  case when o.seen_at >= r.seen_at and r.created_at < o.seen_at and not list_contains(o.refund_ids, r.id) then o.seen_at end as deleted_at,
  json_object('by_gateway', r.refunded_payment, 'refunded_by', r.refunded_by) as extra,
  r.seen_at,
  r.file,
  r.line
from raw.refunds as r
left join raw.orders as o on r.order_id = o.id
