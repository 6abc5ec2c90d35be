-- Products; the children of a configurable one are products of their own. status: 1 enabled, 2 disabled.
select
  cast(id as varchar) as id,
  cast(null as varchar) as parent_id,
  utc(updated_at) as updated_at,
  utc(created_at) as created_at,
  sku,
  name,
  price,
  status,
  visibility,
  type_id,
  extension_attributes.configurable_product_links as children,
  filename
from read_json(
  $files,
  format = 'newline_delimited',
  filename = true,
  columns = {
    'id': 'bigint',
    'updated_at': 'varchar',
    'created_at': 'varchar',
    'sku': 'varchar',
    'name': 'varchar',
    'price': 'decimal(38, 6)',
    'status': 'bigint',
    'visibility': 'bigint',
    'type_id': 'varchar',
    'extension_attributes': 'struct(configurable_product_links bigint[])'
  }
)
