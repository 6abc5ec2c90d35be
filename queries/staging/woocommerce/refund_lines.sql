-- A line of a refund, turned positive. Refunds of an amount only, and those that come with the status refunded, have no lines.
with
items as (
  select
    r.id as refund_id,
    r.order_id,
    r.seen_at,
    r.file,
    r.line,
    unnest(r.line_items) as l
  from raw.refunds as r
)

select
  cast(i.l.id as varchar) as record_id,
  i.refund_id,
  (list_filter(i.l.meta_data, lambda m: m.key = '_refunded_item_id')[1]).value ->> '$' as line_id,
  abs(cast(blank(i.l.quantity) as decimal(18, 4))) as quantity,
  abs(money(i.l.total)) as amount,
  abs(money(i.l.total_tax)) as tax,
  o.currency,
  i.seen_at,
  i.file,
  i.line
from items as i
left join raw.orders as o on i.order_id = o.id
