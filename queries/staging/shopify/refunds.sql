-- A refund. Money has moved only where a successful REFUND transaction stands behind it; then its amount is what was paid back.
with
refunds as (
  select
    o.id as order_gid,
    o.seen_at,
    o.file,
    o.line,
    unnest(o.refunds) as r
  from raw.refunds as o
),

parts as (
  select
    *,
    list_filter(r.transactions, lambda t: t.kind = 'REFUND' and t.status = 'SUCCESS') as paid
  from refunds
)

select
  gid_tail(r.id) as record_id,
  gid_tail(parts.order_gid) as order_id,
  case
    when len(parts.paid) > 0 then list_sum(list_transform(parts.paid, lambda t: t.amountset.shopmoney.amount))
    else r.totalrefundedset.shopmoney.amount
  end as amount,
  coalesce(list_sum(list_transform(r.refundlineitems, lambda l: l.totaltaxset.shopmoney.amount)), 0)
  + coalesce(list_sum(list_transform(r.refundshippinglines, lambda l: l.taxamountset.shopmoney.amount)), 0) as tax,
  r.totalrefundedset.shopmoney.currencycode as currency,
  case when r.transactions is not null then len(parts.paid) > 0 end as money_moved,
  without_cards(blank(r.note)) as reason,
  coalesce(utc(r.createdat), utc(r.processedat)) as created_at,
  utc(r.updatedat) as updated_at,
  parts.seen_at,
  parts.file,
  parts.line
from parts
