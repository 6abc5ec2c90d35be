-- Records and headers of exported inventory lists.
select
  "@list-id" || '/' || coalesce("@product-id", '') as id,
  cast(null as varchar) as parent_id,
  cast(null as timestamp) as updated_at,
  "@element" as element,
  "@list-id" as list_id,
  "@product-id" as product_id,
  case when "@mode" = 'delete' then utc("@exported") end as deleted_at,
  description,
  try_quantity(allocation) - coalesce(try_quantity(turnover), 0) as on_hand,
  try_quantity(ats) as available,
  try_quantity("on-order") as committed,
  coalesce(try_flag(perpetual), false) as is_infinite,
  filename
from read_json(
  $files,
  format = 'newline_delimited',
  filename = true,
  columns = {
    '@element': 'varchar',
    '@list-id': 'varchar',
    '@product-id': 'varchar',
    '@mode': 'varchar',
    '@exported': 'varchar',
    'description': 'varchar',
    'allocation': 'varchar',
    'turnover': 'varchar',
    'ats': 'varchar',
    'on-order': 'varchar',
    'perpetual': 'varchar'
  }
)
