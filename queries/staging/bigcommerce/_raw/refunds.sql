-- Refunds, store-wide. The order's own refunded_amount is always zero: this is the only truth about money given back.
select
  id,
  cast(null as varchar) as parent_id,
  utc(created) as updated_at,
  order_id,
  reason,
  total_amount,
  total_tax,
  items,
  payments,
  filename
from read_json(
  $files,
  format = 'newline_delimited',
  filename = true,
  columns = {
    'id': 'varchar',
    'order_id': 'varchar',
    'created': 'varchar',
    'reason': 'varchar',
    'total_amount': 'decimal(38, 6)',
    'total_tax': 'decimal(38, 6)',
    'items': 'struct(
      item_type varchar,
      item_id varchar,
      quantity decimal(18, 4),
      requested_amount decimal(38, 6)
    )[]',
    'payments': 'struct(
      id varchar,
      provider_id varchar,
      amount decimal(38, 6),
      offline boolean,
      is_declined boolean
    )[]'
  }
)
