-- Inventory items; their levels and their variant below them.
select
  id,
  __parentid as parent_id,
  utc(updatedat) as updated_at,
  sku,
  tracked as is_tracked,
  isactive as is_active,
  location.id as location_gid,
  quantities,
  filename
from read_json(
  $files,
  format = 'newline_delimited',
  filename = true,
  maximum_object_size = 134217728,
  columns = {
    'id': 'varchar',
    '__parentId': 'varchar',
    'updatedAt': 'varchar',
    'sku': 'varchar',
    'tracked': 'boolean',
    'isActive': 'boolean',
    'location': 'struct(id varchar)',
    'quantities': 'struct(name varchar, quantity bigint)[]'
  }
)
