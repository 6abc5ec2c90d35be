-- A line of a refund; shipping, handling, wrapping, fees and amounts on the whole order are no lines of goods.
with
items as (
  select
    r.*,
    unnest(r.items) as i
  from raw.refunds as r
)

select
  items.id || '/' || i.item_id as record_id,
  items.id as refund_id,
  i.item_id as line_id,
  sum(i.quantity) as quantity,
  sum(i.requested_amount) as amount,
  any_value(o.currency) as currency,
  any_value(items.seen_at) as seen_at,
  any_value(items.file) as file,
  any_value(items.line) as line
from items
left join raw.orders as o on items.order_id = o.id
where i.item_type = 'PRODUCT'
group by items.id, i.item_id
