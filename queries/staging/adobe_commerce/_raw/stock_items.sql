-- Stock of a product without sources. use_config_manage_stock: the shop's own setting holds, which is to count.
select
  cast(item_id as varchar) as id,
  cast(null as varchar) as parent_id,
  cast(null as timestamp) as updated_at,
  sku,
  qty,
  min_qty,
  is_in_stock,
  manage_stock,
  use_config_manage_stock,
  backorders,
  filename
from read_json(
  $files,
  format = 'newline_delimited',
  filename = true,
  columns = {
    'item_id': 'bigint',
    'sku': 'varchar',
    'qty': 'decimal(18, 4)',
    'min_qty': 'decimal(18, 4)',
    'is_in_stock': 'boolean',
    'manage_stock': 'boolean',
    'use_config_manage_stock': 'boolean',
    'backorders': 'bigint'
  }
)
