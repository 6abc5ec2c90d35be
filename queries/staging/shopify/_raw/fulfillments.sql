-- Fulfillment orders; their fulfillments below them, and the shipped lines below those.
select
  id,
  __parentid as parent_id,
  utc(updatedat) as updated_at,
  orderid as order_gid,
  status,
  utc(createdat) as created_at,
  utc(deliveredat) as delivered_at,
  location.id as location_gid,
  trackinginfo[1].company as carrier,
  trackinginfo[1].number as tracking_number,
  quantity,
  lineitem.id as line_gid,
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
    'orderId': 'varchar',
    'status': 'varchar',
    'createdAt': 'varchar',
    'deliveredAt': 'varchar',
    'location': 'struct(id varchar)',
    'trackingInfo': 'struct(company varchar, number varchar)[]',
    'quantity': 'bigint',
    'lineItem': 'struct(id varchar)'
  }
)
