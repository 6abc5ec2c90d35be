/* +++
after = []
+++ */
-- Some shops edit an order by cancelling it and making it anew; the cancelled one names its heir (extra.replaced_by), which may have
-- been edited again. An heir that was not read ends the chain before it.
with recursive
heirs as (
  select
    o.system,
    o.record_id,
    h.record_id as heir_id
  from orders as o
  inner join systems as s on o.system = s.system and s.side = 'shop'
  inner join orders as h on o.system = h.system and o.extra ->> '$.replaced_by' = h.record_id
  where o.status = 'cancelled' and o.extra is not null and o.deleted_at is null and h.deleted_at is null and h.record_id <> o.record_id
),

steps as (
  select
    system,
    record_id,
    heir_id,
    1 as depth
  from heirs
  union all
  select
    s.system,
    s.record_id,
    h.heir_id,
    s.depth + 1 as depth
  from steps as s
  inner join heirs as h on s.system = h.system and s.heir_id = h.record_id
  where s.depth < 1000
)

select
  system as shop_system,
  record_id as shop_id,
  arg_max(heir_id, depth) as current_id
from steps
group by
  system,
  record_id
having record_id <> arg_max(heir_id, depth)
