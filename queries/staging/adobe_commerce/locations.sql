-- A source that holds stock; and for each website the pool that it can still sell from.
select
  id as record_id,
  name,
  id as code,
  enabled as is_active,
  seen_at,
  file,
  line
from raw.sources
union all
select
  'website/' || website as record_id,
  'Salable stock of ' || website as name,
  cast(null as varchar) as code,
  true as is_active,
  min(seen_at) as seen_at,
  min(file) as file,
  min(line) as line
from raw.salable
group by website
