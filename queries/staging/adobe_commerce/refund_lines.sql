-- A line of a credit memo; lines without a quantity only accompany an adjustment.
with
setting as (
  select coalesce(max(amounts), 'base') = 'order' as by_order
  from raw.store
),

items as (
  select
    m.id as refund_id,
    case when s.by_order then m.order_currency_code else m.base_currency_code end as currency,
    s.by_order,
    m.seen_at,
    m.file,
    m.line,
    unnest(m.items) as i
  from raw.creditmemos as m
  cross join setting as s
)

select
  cast(i.entity_id as varchar) as record_id,
  items.refund_id,
  cast(i.order_item_id as varchar) as line_id,
  i.qty as quantity,
  case
    when items.by_order then i.row_total - coalesce(i.discount_amount, 0)
    else i.base_row_total - coalesce(i.base_discount_amount, 0)
  end as amount,
  case when items.by_order then i.tax_amount else i.base_tax_amount end as tax,
  items.currency,
  items.seen_at,
  items.file,
  items.line
from items
where i.qty <> 0
