-- Price lists; their prices are in price_records.
select
  id,
  cast(null as varchar) as parent_id,
  utc(date_modified) as updated_at,
  name,
  active,
  filename
from read_json(
  $files,
  format = 'newline_delimited',
  filename = true,
  columns = {
    'id': 'varchar',
    'date_modified': 'varchar',
    'name': 'varchar',
    'active': 'boolean'
  }
)
