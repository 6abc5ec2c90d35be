-- A line of a refund. The vendor lets the id of a refund line be null: then the refund and the order line name it.
with
refunds as (
  select
    o.seen_at,
    o.file,
    o.line,
    unnest(o.refunds) as r
  from raw.refunds as o
),

refund_items as (
  select
    refunds.seen_at,
    refunds.file,
    refunds.line,
    r.id as refund_gid,
    unnest(r.refundlineitems) as l
  from refunds
)

select
  coalesce(gid_tail(l.id), gid_tail(refund_items.refund_gid) || '/' || gid_tail(l.lineitem.id)) as record_id,
  gid_tail(refund_items.refund_gid) as refund_id,
  gid_tail(l.lineitem.id) as line_id,
  l.quantity,
  l.subtotalset.shopmoney.amount as amount,
  l.totaltaxset.shopmoney.amount as tax,
  l.subtotalset.shopmoney.currencycode as currency,
  lower(l.restocktype) as restock_type,
  refund_items.seen_at,
  refund_items.file,
  refund_items.line
from refund_items
