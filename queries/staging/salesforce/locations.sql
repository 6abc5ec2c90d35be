-- A stock location.
select
  id as record_id,
  role_name as name,
  role_code as code,
  coalesce(try_flag(role_is_active), true) as is_active,
  external_ids,
  case when is_deleted then coalesce(modstamp, updated_at, seen_at) end as deleted_at,
  seen_at,
  file,
  line
from mapped.locations
