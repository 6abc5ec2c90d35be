-- A refund. A payment that the provider declined moved no money. A refund of the whole order carries no tax, even where the order did.
with
parts as (
  select
    r.*,
    list_filter(r.payments, lambda p: p.is_declined is not true) as paid,
    o.currency
  from raw.refunds as r
  left join raw.orders as o on r.order_id = o.id
)

select
  id as record_id,
  order_id,
  case when len(paid) > 0 then list_sum(list_transform(paid, lambda p: p.amount)) else total_amount end as amount,
  total_tax as tax,
  currency,
  len(paid) > 0 as money_moved,
  without_cards(blank(reason)) as reason,
  updated_at as created_at,
  updated_at,
  seen_at,
  file,
  line
from parts
