-- Prices by quantity and customer group; a shared catalogue's own prices are those of its group.
select
  sku || '/' || website_id || '/' || customer_group || '/' || quantity as id,
  cast(null as varchar) as parent_id,
  cast(null as timestamp) as updated_at,
  sku,
  website_id,
  customer_group,
  quantity,
  price,
  price_type,
  filename
from read_json(
  $files,
  format = 'newline_delimited',
  filename = true,
  columns = {
    'sku': 'varchar',
    'website_id': 'bigint',
    'customer_group': 'varchar',
    'quantity': 'decimal(18, 4)',
    'price': 'decimal(38, 6)',
    'price_type': 'varchar'
  }
)
