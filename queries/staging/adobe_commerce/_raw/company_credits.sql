-- Credit of B2B companies.
select
  cast(id as varchar) as id,
  cast(null as varchar) as parent_id,
  cast(null as timestamp) as updated_at,
  company_id,
  credit_limit,
  currency_code,
  filename
from read_json(
  $files,
  format = 'newline_delimited',
  filename = true,
  columns = {
    'id': 'bigint',
    'company_id': 'bigint',
    'credit_limit': 'decimal(38, 6)',
    'currency_code': 'varchar'
  }
)
