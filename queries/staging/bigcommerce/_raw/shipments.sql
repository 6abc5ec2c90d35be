-- Shipments, where they are read at all.
select
  id,
  cast(null as varchar) as parent_id,
  strptime(blank(date_created), '%a, %d %b %Y %H:%M:%S %z') at time zone 'UTC' as updated_at,
  order_id,
  tracking_number,
  coalesce(blank(tracking_carrier), blank(shipping_provider), blank(shipping_method)) as carrier,
  items,
  filename
from read_json(
  $files,
  format = 'newline_delimited',
  filename = true,
  columns = {
    'id': 'varchar',
    'date_created': 'varchar',
    'order_id': 'varchar',
    'tracking_number': 'varchar',
    'tracking_carrier': 'varchar',
    'shipping_provider': 'varchar',
    'shipping_method': 'varchar',
    'items': 'struct(order_product_id varchar, quantity decimal(18, 4))[]'
  }
)
