-- Storefronts, marketplaces and points of sale.
select
  id,
  cast(null as varchar) as parent_id,
  utc(date_modified) as updated_at,
  name,
  type,
  platform,
  status,
  filename
from read_json(
  $files,
  format = 'newline_delimited',
  filename = true,
  columns = {
    'id': 'varchar',
    'date_modified': 'varchar',
    'name': 'varchar',
    'type': 'varchar',
    'platform': 'varchar',
    'status': 'varchar'
  }
)
