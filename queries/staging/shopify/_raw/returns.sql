-- Orders with returns: Return lines below them, returned and exchanged lines below those.
select
  id,
  __parentid as parent_id,
  utc(updatedat) as updated_at,
  status,
  utc(createdat) as created_at,
  utc(closedat) as closed_at,
  totalquantity as total_quantity,
  quantity,
  fulfillmentlineitem.lineitem.id as line_gid,
  list_transform(lineitems, lambda l: l.id) as exchange_line_gids,
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
    'status': 'varchar',
    'createdAt': 'varchar',
    'closedAt': 'varchar',
    'totalQuantity': 'bigint',
    'quantity': 'bigint',
    'fulfillmentLineItem': 'struct(lineItem struct(id varchar))',
    'lineItems': 'struct(id varchar)[]'
  }
)
