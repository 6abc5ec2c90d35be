-- Credit memos with their lines. state: 1 open, 2 refunded, 3 cancelled.
select
  cast(entity_id as varchar) as id,
  cast(null as varchar) as parent_id,
  utc(updated_at) as updated_at,
  utc(created_at) as created_at,
  order_id,
  increment_id,
  state,
  base_currency_code,
  order_currency_code,
  base_grand_total,
  grand_total,
  base_tax_amount,
  tax_amount,
  base_adjustment_positive,
  base_adjustment_negative,
  items,
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
    'increment_id': 'varchar',
    'state': 'bigint',
    'base_currency_code': 'varchar',
    'order_currency_code': 'varchar',
    'base_grand_total': 'decimal(38, 6)',
    'grand_total': 'decimal(38, 6)',
    'base_tax_amount': 'decimal(38, 6)',
    'tax_amount': 'decimal(38, 6)',
    'base_adjustment_positive': 'decimal(38, 6)',
    'base_adjustment_negative': 'decimal(38, 6)',
    'items': 'struct(
      entity_id bigint,
      order_item_id bigint,
      qty decimal(18, 4),
      base_row_total decimal(38, 6),
      row_total decimal(38, 6),
      base_discount_amount decimal(38, 6),
      discount_amount decimal(38, 6),
      base_tax_amount decimal(38, 6),
      tax_amount decimal(38, 6)
    )[]'
  }
)
