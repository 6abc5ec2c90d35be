-- B2B companies. status: 0 pending, 1 approved, 2 rejected, 3 blocked.
select
  cast(id as varchar) as id,
  cast(null as varchar) as parent_id,
  cast(null as timestamp) as updated_at,
  company_name,
  status,
  customer_group_id,
  super_user_id,
  filename
from read_json(
  $files,
  format = 'newline_delimited',
  filename = true,
  columns = {
    'id': 'bigint',
    'company_name': 'varchar',
    'status': 'bigint',
    'customer_group_id': 'bigint',
    'super_user_id': 'bigint'
  }
)
