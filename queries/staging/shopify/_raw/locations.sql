-- Locations.
select
  id,
  cast(null as varchar) as parent_id,
  cast(null as timestamp) as updated_at,
  name,
  isactive as is_active,
  filename
from read_json(
  $files,
  format = 'newline_delimited',
  filename = true,
  maximum_object_size = 134217728,
  columns = {
    'id': 'varchar',
    'name': 'varchar',
    'isActive': 'boolean'
  }
)
