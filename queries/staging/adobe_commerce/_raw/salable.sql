-- What a website can still sell of a SKU: the index, less what is reserved.
select
  website || '/' || sku as id,
  cast(null as varchar) as parent_id,
  cast(null as timestamp) as updated_at,
  sku,
  website,
  qty,
  is_salable,
  filename
from read_json(
  $files,
  format = 'newline_delimited',
  filename = true,
  columns = {
    'sku': 'varchar',
    'website': 'varchar',
    'qty': 'decimal(18, 4)',
    'is_salable': 'boolean'
  }
)
