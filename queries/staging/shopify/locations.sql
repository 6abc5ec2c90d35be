-- A stock location.
select
  gid_tail(id) as record_id,
  name,
  is_active,
  seen_at,
  file,
  line
from raw.locations
