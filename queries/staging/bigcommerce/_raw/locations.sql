-- Stock locations.
select
  id,
  cast(null as varchar) as parent_id,
  utc(updated_at) as updated_at,
  code,
  label,
  enabled,
  filename
from read_json(
  $files,
  format = 'newline_delimited',
  filename = true,
  columns = {
    'id': 'varchar',
    'updated_at': 'varchar',
    'code': 'varchar',
    'label': 'varchar',
    'enabled': 'boolean'
  }
)
