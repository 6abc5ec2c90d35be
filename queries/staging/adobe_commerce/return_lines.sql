-- A line of a return.
with
items as (
  select
    id as return_id,
    seen_at,
    file,
    line,
    unnest(items) as i
  from raw.returns
)

select
  cast(i.entity_id as varchar) as record_id,
  items.return_id,
  cast(i.order_item_id as varchar) as line_id,
  i.qty_requested as quantity,
  'in' as direction,
  items.seen_at,
  items.file,
  items.line
from items
