-- Shipments with their lines and tracking numbers.
select
  cast(entity_id as varchar) as id,
  cast(null as varchar) as parent_id,
  utc(updated_at) as updated_at,
  utc(created_at) as created_at,
  order_id,
  increment_id,
  items,
  tracks,
  extension_attributes.source_code as source_code,
  filename
from read_json(
  $files,
  format = 'newline_delimited',
  filename = true,
  columns = {
    'entity_id': 'bigint',
    'updated_at': 'varchar',
    'created_at': 'varchar',
    'order_id': 'bigint',
    'increment_id': 'varchar',
    'items': 'struct(entity_id bigint, order_item_id bigint, qty decimal(18, 4), sku varchar)[]',
    'tracks': 'struct(entity_id bigint, track_number varchar, title varchar, carrier_code varchar)[]',
    'extension_attributes': 'struct(source_code varchar)'
  }
)
