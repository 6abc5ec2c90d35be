-- A shipment or delivery note.
select
  id as record_id,
  role_order_id as order_id,
  coalesce(value_status, lower(role_status)) as status,
  role_status as raw_status,
  role_tracking_number as tracking_number,
  role_carrier as carrier,
  role_location_id as location_id,
  cast(role_quantity as decimal(18, 4)) as quantity,
  utc(role_shipped_at) as shipped_at,
  utc(role_delivered_at) as delivered_at,
  created_at,
  updated_at,
  external_ids_of(role_external_id) as external_ids,
  coalesce(utc(role_deleted_at), case when is_deleted then coalesce(updated_at, seen_at) end) as deleted_at,
  seen_at,
  file,
  line
from mapped.fulfillments
