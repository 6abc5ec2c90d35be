-- A stock location.
select
  id18(id) as record_id,
  blank(name) as name,
  blank(externalreference) as code,
  true as is_active,
  case when try_flag(isdeleted) then coalesce(try_utc(systemmodstamp), seen_at) end as deleted_at,
  seen_at,
  file,
  line
from raw.locations
