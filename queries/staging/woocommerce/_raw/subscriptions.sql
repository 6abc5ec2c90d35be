-- Subscriptions of the plugin of that name: like an order, with a schedule.
select
  cast(id as varchar) as id,
  cast(null as varchar) as parent_id,
  utc(date_modified_gmt) as updated_at,
  utc(date_created_gmt) as created_at,
  utc(blank(next_payment_date_gmt)) as next_payment_at,
  status,
  currency,
  customer_id,
  billing_period,
  billing_interval,
  money(total) as total,
  billing,
  filename
from read_json(
  $files,
  format = 'newline_delimited',
  filename = true,
  columns = {
    'id': 'bigint',
    'date_created_gmt': 'varchar',
    'date_modified_gmt': 'varchar',
    'next_payment_date_gmt': 'varchar',
    'status': 'varchar',
    'currency': 'varchar',
    'customer_id': 'bigint',
    'billing_period': 'varchar',
    'billing_interval': 'varchar',
    'total': 'varchar',
    'billing': 'struct(email varchar)'
  }
)
