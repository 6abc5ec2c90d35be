-- The store itself, one line.
select
  id,
  cast(null as varchar) as parent_id,
  cast(null as timestamp) as updated_at,
  name,
  currency,
  filename
from read_json(
  $files,
  format = 'newline_delimited',
  filename = true,
  columns = {
    'id': 'varchar',
    'name': 'varchar',
    'currency': 'varchar'
  }
)
