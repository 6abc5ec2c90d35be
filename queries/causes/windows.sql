/* +++
title = "Stretches of time, of all records and of those with a common value, in which many of a rule's records lie; the best of each"
+++ */
-- A stretch goes from one record to another. Of many records forty-eight, evenly apart, stand for all.
with ordered as (
  select
    m.id,
    m.timeline,
    m.slot,
    row_number() over (partition by m.id, m.timeline order by m.slot, m.nr) as nth,
    count(*) over (partition by m.id, m.timeline) as members
  from cause_members as m
),

points as (
  select
    o.id,
    o.timeline,
    o.slot,
    o.nth,
    o.members
  from ordered as o
  where o.members <= 48 or (o.nth * 47) // o.members <> ((o.nth - 1) * 47) // o.members or o.nth = 1
),

placed as (
  select
    p.id,
    p.timeline,
    p.slot,
    p.nth,
    p.members,
    s.before,
    s.before + s.records as until
  from points as p
  inner join cause_groups as g on p.id = g.id
  inner join cause_slots as s
    on g.source = s.source and g.attribute = s.attribute and g.value = s.value and p.timeline = s.timeline and p.slot = s.slot
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

tried as (
  select
    a.id,
    a.timeline,
    a.slot as first_slot,
    b.slot as last_slot,
    a.members,
    b.nth - a.nth + 1 as findings,
    b.until - a.before as records
  from placed as a
  inner join placed as b on a.id = b.id and a.timeline = b.timeline and a.nth < b.nth
),

scored as (
  select
    g.source,
    g.rule,
    g.attribute,
    g.value,
    t.timeline,
    t.first_slot,
    t.last_slot,
    t.findings,
    t.records,
    surprise(t.findings, t.members, t.records, p.records) as added,
    count(*) over (partition by t.id, t.timeline) as tests,
    row_number() over (
      partition by t.id, t.timeline
      order by
        round(likeness(t.findings, s.findings, t.records, s.records), 6) desc,
        t.findings desc,
        t.first_slot asc,
        t.last_slot asc
    ) as nth
  from tried as t
  inner join cause_groups as g on t.id = g.id
  inner join cause_sets as s on g.source = s.source and g.rule = s.rule
  inner join population as p on g.source = p.source and g.attribute = p.attribute and g.value = p.value and t.timeline = p.timeline
  where t.findings >= s.support
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
