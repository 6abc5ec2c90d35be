-- A return as the integration wrote it.
select
  id as record_id,
  id18(role_order_id) as order_id,
  coalesce(
    value_status,
    case lower(role_status)
      when 'canceled' then 'cancelled'
      when 'draft' then 'requested'
      when 'submitted' then 'open'
      when 'approved' then 'open'
      when 'in progress' then 'open'
      when 'received' then 'closed'
      when 'completed' then 'closed'
      when 'rejected' then 'declined'
      else lower(role_status)
    end
  ) as status,
  role_status as raw_status,
  try_flag(role_is_exchange) as is_exchange,
  try_quantity(role_total_quantity) as total_quantity,
  coalesce(try_utc(role_created_at), created_at) as created_at,
  try_utc(role_closed_at) as closed_at,
  external_ids,
  case when is_deleted then coalesce(modstamp, updated_at, seen_at) end as deleted_at,
  seen_at,
  file,
  line
from mapped.returns
