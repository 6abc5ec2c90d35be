-- A shipment as the integration wrote it.
select
  id as record_id,
  id18(role_order_id) as order_id,
  coalesce(
    value_status,
    case lower(role_status)
      when 'shipped' then 'success'
      when 'fulfilled' then 'success'
      when 'delivered' then 'success'
      when 'completed' then 'success'
      when 'canceled' then 'cancelled'
      else lower(role_status)
    end
  ) as status,
  role_status as raw_status,
  role_tracking_number as tracking_number,
  role_carrier as carrier,
  id18(role_location_id) as location_id,
  try_quantity(role_quantity) as quantity,
  try_utc(role_shipped_at) as shipped_at,
  created_at,
  updated_at,
  external_ids,
  case when is_deleted then coalesce(modstamp, updated_at, seen_at) end as deleted_at,
  seen_at,
  file,
  line
from mapped.fulfillments
