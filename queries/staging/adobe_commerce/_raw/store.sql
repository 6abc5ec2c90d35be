-- Websites, store views and their configuration; which of the two amounts of every record is compared.
select
  id,
  cast(null as varchar) as parent_id,
  cast(null as timestamp) as updated_at,
  amounts,
  websites,
  storeviews as views,
  storeconfigs as configs,
  filename
from read_json(
  $files,
  format = 'newline_delimited',
  filename = true,
  columns = {
    'id': 'varchar',
    'amounts': 'varchar',
    'websites': 'struct(id bigint, code varchar, name varchar)[]',
    'storeViews': 'struct(id bigint, code varchar, name varchar, website_id bigint)[]',
    'storeConfigs': 'struct(id bigint, code varchar, website_id bigint, base_currency_code varchar, timezone varchar)[]'
  }
)
