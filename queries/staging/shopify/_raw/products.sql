-- Products; their variants below them.
select
  id,
  __parentid as parent_id,
  utc(updatedat) as updated_at,
  utc(createdat) as created_at,
  title,
  status,
  producttype as product_type,
  isgiftcard as is_gift_card,
  sku,
  barcode,
  price,
  compareatprice as compare_at,
  inventoryitem.id as inventory_item_gid,
  inventoryitem.tracked as is_tracked,
  inventorypolicy as inventory_policy,
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
    'title': 'varchar',
    'status': 'varchar',
    'productType': 'varchar',
    'isGiftCard': 'boolean',
    'sku': 'varchar',
    'barcode': 'varchar',
    'price': 'decimal(38, 6)',
    'compareAtPrice': 'decimal(38, 6)',
    'inventoryPolicy': 'varchar',
    'inventoryItem': 'struct(id varchar, tracked boolean)'
  }
)
