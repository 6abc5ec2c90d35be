-- A source that holds stock; for each website the pool that it can still sell from; without sources the one place of all stock.
select
  id as record_id,
  name,
  id as code,
  enabled as is_active,
  cast(null as json) as extra,
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
  json_object('is_pool', true) as extra,
  min(seen_at) as seen_at,
  min(file) as file,
  min(line) as line
from raw.salable
group by website
union all
select
  'default' as record_id,
  'Default stock' as name,
  'default' as code,
  true as is_active,
  cast(null as json) as extra,
  min(seen_at) as seen_at,
  min(file) as file,
  min(line) as line
from raw.stock_items
having count(*) > 0
