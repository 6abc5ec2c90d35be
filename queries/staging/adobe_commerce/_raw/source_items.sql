-- Physical stock of a SKU at a source. status: 1 in stock, 0 out of stock.
select
  source_code || '/' || sku as id,
  cast(null as varchar) as parent_id,
  cast(null as timestamp) as updated_at,
  sku,
  source_code,
  quantity,
  status,
  filename
from read_json(
  $files,
  format = 'newline_delimited',
  filename = true,
  columns = {
    'sku': 'varchar',
    'source_code': 'varchar',
    'quantity': 'decimal(18, 4)',
    'status': 'bigint'
  }
)
