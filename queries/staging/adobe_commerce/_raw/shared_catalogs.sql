-- Shared catalogues; each belongs to a customer group. type: 0 custom, 1 public.
select
  cast(id as varchar) as id,
  cast(null as varchar) as parent_id,
  cast(null as timestamp) as updated_at,
  name,
  customer_group_id,
  type as kind,
  filename
from read_json(
  $files,
  format = 'newline_delimited',
  filename = true,
  columns = {
    'id': 'bigint',
    'name': 'varchar',
    'customer_group_id': 'bigint',
    'type': 'bigint'
  }
)
