-- A stock location.
select
  id as record_id,
  label as name,
  blank(code) as code,
  enabled as is_active,
  seen_at,
  file,
  line
from raw.locations
