-- Inventory lists of OCAPI.
select
  id,
  cast(null as varchar) as parent_id,
  utc(last_modified) as updated_at,
  description,
  filename
from read_json(
  $files,
  format = 'newline_delimited',
  filename = true,
  columns = {
    'id': 'varchar',
    'last_modified': 'varchar',
    'description': 'varchar'
  }
)
