-- Price lists; their prices below them. A price has no id of its own: list and variant together are one.
select
  coalesce(id, __parentid || '#' || variant.id) as id,
  __parentid as parent_id,
  cast(null as timestamp) as updated_at,
  name,
  currency,
  catalog.status as catalog_status,
  catalog.__typename as catalog_type,
  variant.id as variant_gid,
  variant.sku as sku,
  price.amount as amount,
  price.currencycode as price_currency,
  compareatprice.amount as compare_at,
  filename
from read_json(
  $files,
  format = 'newline_delimited',
  filename = true,
  maximum_object_size = 134217728,
  columns = {
    'id': 'varchar',
    '__parentId': 'varchar',
    'name': 'varchar',
    'currency': 'varchar',
    'catalog': 'struct(status varchar, __typename varchar)',
    'variant': 'struct(id varchar, sku varchar)',
    'price': 'struct(amount decimal(38, 6), currencyCode varchar)',
    'compareAtPrice': 'struct(amount decimal(38, 6))'
  }
)
