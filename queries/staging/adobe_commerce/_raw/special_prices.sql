-- Special prices by SKU, store and time.
select
  sku || '/' || store_id || '/' || coalesce(price_from, '') as id,
  cast(null as varchar) as parent_id,
  cast(null as timestamp) as updated_at,
  sku,
  store_id,
  price,
  price_from,
  price_to,
  filename
from read_json(
  $files,
  format = 'newline_delimited',
  filename = true,
  columns = {
    'sku': 'varchar',
    'store_id': 'bigint',
    'price': 'decimal(38, 6)',
    'price_from': 'varchar',
    'price_to': 'varchar'
  }
)
