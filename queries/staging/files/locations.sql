-- A warehouse or store.
select
  id as record_id,
  role_name as name,
  role_code as code,
  coalesce(try_flag(role_is_active), true) as is_active,
  external_ids_of(role_external_id) as external_ids,
  coalesce(utc(role_deleted_at), case when is_deleted then coalesce(updated_at, seen_at) end) as deleted_at,
  seen_at,
  file,
  line
from mapped.locations
