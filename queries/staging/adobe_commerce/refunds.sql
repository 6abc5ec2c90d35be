-- A credit memo. Only one in state 2 has given money back; its adjustments are in its grand total.
with
setting as (
  select coalesce(max(amounts), 'base') = 'order' as by_order
  from raw.store
)

select
  m.id as record_id,
  cast(m.order_id as varchar) as order_id,
  case when s.by_order then m.grand_total else m.base_grand_total end as amount,
  case when s.by_order then m.tax_amount else m.base_tax_amount end as tax,
  case when s.by_order then m.order_currency_code else m.base_currency_code end as currency,
  m.state = 2 as money_moved,
  m.created_at,
  m.updated_at,
  json_object(
    'number', m.increment_id,
    'state', m.state,
    'extra_refund', m.base_adjustment_positive,
    'fee', m.base_adjustment_negative
  ) as extra,
  m.seen_at,
  m.file,
  m.line
from raw.creditmemos as m
cross join setting as s
