-- Products with all their variants. A product without options has one variant, which may leave price and SKU to the product.
select
  id,
  cast(null as varchar) as parent_id,
  utc(date_modified) as updated_at,
  utc(date_created) as created_at,
  name,
  type,
  sku,
  upc,
  price,
  retail_price,
  sale_price,
  is_visible,
  availability,
  inventory_tracking,
  base_variant_id,
  variants,
  filename
from read_json(
  $files,
  format = 'newline_delimited',
  filename = true,
  columns = {
    'id': 'varchar',
    'date_modified': 'varchar',
    'date_created': 'varchar',
    'name': 'varchar',
    'type': 'varchar',
    'sku': 'varchar',
    'upc': 'varchar',
    'price': 'decimal(38, 6)',
    'retail_price': 'decimal(38, 6)',
    'sale_price': 'decimal(38, 6)',
    'is_visible': 'boolean',
    'availability': 'varchar',
    'inventory_tracking': 'varchar',
    'base_variant_id': 'varchar',
    'variants': 'struct(
      id varchar,
      sku varchar,
      upc varchar,
      price decimal(38, 6),
      retail_price decimal(38, 6),
      sale_price decimal(38, 6),
      purchasing_disabled boolean,
      option_values struct(label varchar)[]
    )[]'
  }
)
