-- Returns (RMA) with their lines.
select
  cast(entity_id as varchar) as id,
  cast(null as varchar) as parent_id,
  utc(date_requested) as updated_at,
  order_id,
  increment_id,
  status,
  items,
  filename
from read_json(
  $files,
  format = 'newline_delimited',
  filename = true,
  columns = {
    'entity_id': 'bigint',
    'date_requested': 'varchar',
    'order_id': 'bigint',
    'increment_id': 'varchar',
    'status': 'varchar',
    'items': 'struct(entity_id bigint, order_item_id bigint, qty_requested decimal(18, 4), qty_returned decimal(18, 4), resolution varchar, status varchar)[]'
  }
)
