-- Payment transactions, where they are read at all.
select
  id,
  cast(null as varchar) as parent_id,
  utc(date_created) as updated_at,
  order_id,
  event,
  method,
  amount,
  currency,
  gateway,
  status,
  test as is_test,
  reference_transaction_id,
  filename
from read_json(
  $files,
  format = 'newline_delimited',
  filename = true,
  columns = {
    'id': 'varchar',
    'date_created': 'varchar',
    'order_id': 'varchar',
    'event': 'varchar',
    'method': 'varchar',
    'amount': 'decimal(38, 6)',
    'currency': 'varchar',
    'gateway': 'varchar',
    'status': 'varchar',
    'test': 'boolean',
    'reference_transaction_id': 'varchar'
  }
)
