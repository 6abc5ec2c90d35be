-- Goods on their way back, with or without money.
select
  id as record_id,
  role_order_id as order_id,
  coalesce(value_status, case lower(role_status) when 'canceled' then 'cancelled' else replace(lower(role_status), ' ', '_') end) as status,
  role_status as raw_status,
  try_flag(role_is_exchange) as is_exchange,
  cast(role_total_quantity as decimal(18, 4)) as total_quantity,
  created_at,
  utc(role_closed_at) as closed_at,
  external_ids_of(role_external_id) as external_ids,
  coalesce(utc(role_deleted_at), case when is_deleted then coalesce(updated_at, seen_at) end) as deleted_at,
  seen_at,
  file,
  line
from mapped.returns
