/* +++
title = "Stretches of time, of all records and of those with a common value, in which many of a rule's records lie; the best of each"
+++ */
-- Of few records every stretch from one to another is tried; of many those of some lengths, moved on by an eighth of their length.
with ordered as (
  select
    g.source,
    g.rule,
    g.attribute,
    g.value,
    m.timeline,
    m.slot,
    row_number() over (partition by g.source, g.rule, g.place, m.timeline order by m.slot, m.nr) as nth,
    count(*) over (partition by g.source, g.rule, g.place, m.timeline) as members
  from cause_groups as g
  inner join cause_members as m on g.source = m.source and g.rule = m.rule and g.place = m.place
),

placed as (
  select
    o.source,
    o.rule,
    o.attribute,
    o.value,
    o.timeline,
    o.slot,
    o.nth,
    o.members,
    s.before,
    s.before + s.records as until
  from ordered as o
  inner join cause_slots as s
    on o.source = s.source and o.attribute = s.attribute and o.value = s.value and o.timeline = s.timeline and o.slot = s.slot
),

population as (
  select
    s.source,
    s.attribute,
    s.value,
    s.timeline,
    sum(s.records) as records
  from cause_slots as s
  group by
    s.source,
    s.attribute,
    s.value,
    s.timeline
),

sizes as (
  select distinct
    o.source,
    o.rule,
    o.attribute,
    o.value,
    o.timeline,
    o.members,
    p.records,
    s.support
  from ordered as o
  inner join cause_sets as s on o.source = s.source and o.rule = s.rule
  inner join population as p on o.source = p.source and o.attribute = p.attribute and o.value = p.value and o.timeline = p.timeline
),

parts as (
  select unnest([1, 2, 3, 4, 6, 8, 12, 16, 20, 24, 28, 30, 32]) as part
),

lengths as (
  select
    z.source,
    z.rule,
    z.attribute,
    z.value,
    z.timeline,
    unnest(range(z.support, z.members + 1)) as findings,
    1 as stride
  from sizes as z
  where z.members <= 40
  union all
  select distinct
    z.source,
    z.rule,
    z.attribute,
    z.value,
    z.timeline,
    (z.members * p.part + 31) // 32 as findings,
    greatest(1, (z.members * p.part) // 256) as stride
  from sizes as z
  cross join parts as p
  where z.members > 40 and (z.members * p.part + 31) // 32 >= z.support
),

tried as (
  select
    l.source,
    l.rule,
    l.attribute,
    l.value,
    l.timeline,
    a.slot as first_slot,
    b.slot as last_slot,
    l.findings,
    b.until - a.before as records
  from lengths as l
  inner join placed as a
    on
      l.source = a.source
      and l.rule = a.rule
      and l.attribute = a.attribute
      and l.value = a.value
      and l.timeline = a.timeline
      and (a.nth - 1) % l.stride = 0
  inner join placed as b
    on
      a.source = b.source
      and a.rule = b.rule
      and a.attribute = b.attribute
      and a.value = b.value
      and a.timeline = b.timeline
      and a.nth + l.findings - 1 = b.nth
),

scored as (
  select
    t.source,
    t.rule,
    t.attribute,
    t.value,
    t.timeline,
    t.first_slot,
    t.last_slot,
    t.findings,
    t.records,
    surprise(t.findings, z.members, t.records, z.records) as added,
    count(*) over (partition by t.source, t.rule, t.attribute, t.value, t.timeline) as tests,
    row_number() over (
      partition by t.source, t.rule, t.attribute, t.value, t.timeline
      order by
        round(likeness(t.findings, s.findings, t.records, s.records), 6) desc,
        t.findings desc,
        t.first_slot asc,
        t.last_slot asc
    ) as nth
  from tried as t
  inner join cause_sets as s on t.source = s.source and t.rule = s.rule
  inner join sizes as z
    on t.source = z.source and t.rule = z.rule and t.attribute = z.attribute and t.value = z.value and t.timeline = z.timeline
)

select
  c.source,
  c.rule,
  nullif(c.attribute, '') as attribute,
  nullif(c.value, '') as value,
  cast(null as varchar) as attribute2,
  cast(null as varchar) as value2,
  c.timeline,
  cast(null as bigint) as first_hour,
  cast(null as bigint) as hours,
  c.first_slot,
  c.last_slot,
  cast(c.findings as bigint) as findings,
  cast(c.records as bigint) as records,
  c.added,
  c.tests
from scored as c
where c.nth = 1
