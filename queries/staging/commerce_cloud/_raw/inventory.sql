-- Inventory records of OCAPI. stock_level is what was counted less what was sold since.
select
  inventory_list_id || '/' || product_id as id,
  cast(null as varchar) as parent_id,
  utc(last_modified) as updated_at,
  inventory_list_id as list_id,
  product_id,
  cast(null as timestamp) as deleted_at,
  coalesce(stock_level, allocation.amount - coalesce(inventory_turnover, 0)) as on_hand,
  ats as available,
  quantity_on_order as committed,
  coalesce(perpetual_flag, false) as is_infinite,
  filename
from read_json(
  $files,
  format = 'newline_delimited',
  filename = true,
  columns = {
    'inventory_list_id': 'varchar',
    'product_id': 'varchar',
    'last_modified': 'varchar',
    'allocation': 'struct(amount decimal(18, 4))',
    'stock_level': 'decimal(18, 4)',
    'inventory_turnover': 'decimal(18, 4)',
    'ats': 'decimal(18, 4)',
    'quantity_on_order': 'decimal(18, 4)',
    'perpetual_flag': 'boolean'
  }
)
