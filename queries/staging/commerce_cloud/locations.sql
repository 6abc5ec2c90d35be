-- An inventory list: what this platform has of places.
with
exported as (
  select
    x.list_id as id,
    x.description,
    x.deleted_at,
    x.seen_at,
    x.file,
    x.line
  from raw.inventory_xml as x
  where x.element = 'header'
),

found as (
  select * from raw.inventory_lists
  union all by name
  select * from exported
)

select
  id as record_id,
  coalesce(blank(description), id) as name,
  id as code,
  deleted_at is null as is_active,
  deleted_at,
  seen_at,
  file,
  line
from found
