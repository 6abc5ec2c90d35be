-- Customer groups; prices of a group name it by its code.
select
  cast(id as varchar) as id,
  cast(null as varchar) as parent_id,
  cast(null as timestamp) as updated_at,
  code,
  filename
from read_json(
  $files,
  format = 'newline_delimited',
  filename = true,
  columns = {
    'id': 'bigint',
    'code': 'varchar'
  }
)
