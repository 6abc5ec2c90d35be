-- Products of the Admin API. name and onlineFlag hold one value for each language or site beside "default".
select
  id,
  cast(null as varchar) as parent_id,
  utc(lastmodified) as updated_at,
  utc(creationdate) as created_at,
  coalesce(json_extract_string(name, '$.default'), json_extract_string(name, '$.*')[1]) as title,
  cast(json_extract(onlineflag, '$.default') as boolean) as is_online,
  master.masterid as master_id,
  type,
  blank(ean) as ean,
  blank(upc) as upc,
  price,
  pricecurrency as currency,
  filename
from read_json(
  $files,
  format = 'newline_delimited',
  filename = true,
  columns = {
    'id': 'varchar',
    'lastModified': 'varchar',
    'creationDate': 'varchar',
    'name': 'json',
    'onlineFlag': 'json',
    'master': 'struct("masterId" varchar)',
    'type': 'struct(
      master boolean,
      "variationGroup" boolean,
      "set" boolean,
      "retailSet" boolean,
      "option" boolean
    )',
    'ean': 'varchar',
    'upc': 'varchar',
    'price': 'decimal(38, 6)',
    'priceCurrency': 'varchar'
  }
)
