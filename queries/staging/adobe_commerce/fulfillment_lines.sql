-- A line of a shipment; that of a configurable product names the order line above.
with
items as (
  select
    id as fulfillment_id,
    seen_at,
    file,
    line,
    unnest(items) as i
  from raw.shipments
)

select
  cast(i.entity_id as varchar) as record_id,
  items.fulfillment_id,
  cast(i.order_item_id as varchar) as line_id,
  i.qty as quantity,
  items.seen_at,
  items.file,
  items.line
from items
