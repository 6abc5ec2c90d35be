-- Places that hold stock.
select
  source_code as id,
  cast(null as varchar) as parent_id,
  cast(null as timestamp) as updated_at,
  name,
  enabled,
  country_id,
  filename
from read_json(
  $files,
  format = 'newline_delimited',
  filename = true,
  columns = {
    'source_code': 'varchar',
    'name': 'varchar',
    'enabled': 'boolean',
    'country_id': 'varchar'
  }
)
