-- Base prices by SKU and store; store 0 is the price before any store changes it.
select
  sku || '/' || store_id as id,
  cast(null as varchar) as parent_id,
  cast(null as timestamp) as updated_at,
  sku,
  store_id,
  price,
  filename
from read_json(
  $files,
  format = 'newline_delimited',
  filename = true,
  columns = {
    'sku': 'varchar',
    'store_id': 'bigint',
    'price': 'decimal(38, 6)'
  }
)
