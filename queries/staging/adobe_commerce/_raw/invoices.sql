-- Invoices.
select
  cast(entity_id as varchar) as id,
  cast(null as varchar) as parent_id,
  utc(updated_at) as updated_at,
  utc(created_at) as created_at,
  order_id,
  state,
  transaction_id,
  base_currency_code,
  order_currency_code,
  base_grand_total,
  grand_total,
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
    'state': 'bigint',
    'transaction_id': 'varchar',
    'base_currency_code': 'varchar',
    'order_currency_code': 'varchar',
    'base_grand_total': 'decimal(38, 6)',
    'grand_total': 'decimal(38, 6)'
  }
)
