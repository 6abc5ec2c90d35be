-- A line of a shipment.
with
items as (
  select
    s.*,
    unnest(s.items) as i
  from raw.shipments as s
)

select
  id || '/' || i.order_product_id as record_id,
  id as fulfillment_id,
  i.order_product_id as line_id,
  sum(i.quantity) as quantity,
  any_value(seen_at) as seen_at,
  any_value(file) as file,
  any_value(items.line) as line
from items
group by id, i.order_product_id
