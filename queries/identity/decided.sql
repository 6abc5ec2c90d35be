-- What people have decided about single pairs. Where a record was merged into another one since, the decision goes on with that one; what was
-- said of two records themselves goes before what they inherit, and apart before the same.
create or replace table identity.decided as
with recursive
said as (
  select
    d.system,
    case when s.kind = 'salesforce' then id18(d.record_id) else d.record_id end as record_id,
    d.other_system,
    case when o.kind = 'salesforce' then id18(d.other_id) else d.other_id end as other_id,
    d.is_same
  from identity.decisions as d
  left join systems as s on d.system = s.system
  left join systems as o on d.other_system = o.system
),

heirs as (
  select
    system,
    record_id,
    record_id as heir,
    0 as steps
  from said
  union
  select
    other_system as system,
    other_id as record_id,
    other_id as heir,
    0 as steps
  from said
  union
  select
    h.system,
    h.record_id,
    c.merged_into as heir,
    h.steps + 1 as steps
  from heirs as h
  inner join customers as c on h.system = c.system and h.heir = c.record_id
  where c.merged_into is not null and h.steps < 50
),

living as (
  select
    h.system,
    h.record_id,
    s.rid,
    min(h.steps) as steps
  from heirs as h
  inner join identity.sources as s on h.system = s.system and h.heir = s.record_id
  group by
    h.system,
    h.record_id,
    s.rid
),

pairs as (
  select
    least(x.rid, y.rid) as a,
    greatest(x.rid, y.rid) as b,
    d.is_same,
    x.steps + y.steps as steps
  from said as d
  inner join living as x on d.system = x.system and d.record_id = x.record_id
  inner join living as y on d.other_system = y.system and d.other_id = y.record_id
  where x.rid <> y.rid
)

select
  a,
  b,
  is_same
from pairs
qualify row_number() over (partition by a, b order by steps asc, is_same asc) = 1;
