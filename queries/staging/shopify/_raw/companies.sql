-- Companies; their locations and contacts below them.
select
  id,
  __parentid as parent_id,
  utc(updatedat) as updated_at,
  utc(createdat) as created_at,
  name,
  externalid as external_id,
  currency,
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
    'createdAt': 'varchar',
    'name': 'varchar',
    'externalId': 'varchar',
    'currency': 'varchar'
  }
)
