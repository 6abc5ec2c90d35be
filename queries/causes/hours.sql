/* +++
title = "Hours of the day, of all records and of those with a common value, in which many of a rule's records lie; the best of each"
+++ */
with grouped as (
  select
    m.id,
    m.timeline,
    m.hour,
    count(*) as findings
  from cause_members as m
  group by
    m.id,
    m.timeline,
    m.hour
),

firsts as (
  select unnest(range(24)) as first_hour
),

widths as (
  select unnest(range(1, 13)) as hours
),

spans as (
  select
    f.first_hour,
    w.hours
  from firsts as f
  cross join widths as w
),

found as (
  select
    g.id,
    g.timeline,
    s.first_hour,
    s.hours,
    sum(g.findings) as findings
  from grouped as g
  inner join spans as s on (g.hour - s.first_hour + 24) % 24 < s.hours
  group by
    g.id,
    g.timeline,
    s.first_hour,
    s.hours
),

found_all as (
  select
    g.id,
    g.timeline,
    sum(g.findings) as findings
  from grouped as g
  group by
    g.id,
    g.timeline
),

usual as (
  select
    g.id,
    h.timeline,
    h.hour,
    h.records
  from cause_groups as g
  inner join cause_hours as h on g.source = h.source and g.attribute = h.attribute and g.value = h.value
),

population as (
  select
    u.id,
    u.timeline,
    s.first_hour,
    s.hours,
    sum(u.records) as records
  from usual as u
  inner join spans as s on (u.hour - s.first_hour + 24) % 24 < s.hours
  group by
    u.id,
    u.timeline,
    s.first_hour,
    s.hours
),

population_all as (
  select
    u.id,
    u.timeline,
    sum(u.records) as records
  from usual as u
  group by
    u.id,
    u.timeline
),

scored as (
  select
    g.source,
    g.rule,
    g.attribute,
    g.value,
    f.timeline,
    f.first_hour,
    f.hours,
    f.findings,
    p.records,
    surprise(f.findings, a.findings, p.records, b.records) as added,
    row_number() over (
      partition by f.id, f.timeline
      order by round(likeness(f.findings, s.findings, p.records, s.records), 6) desc, f.hours asc, f.first_hour asc
    ) as nth
  from found as f
  inner join cause_groups as g on f.id = g.id
  inner join cause_sets as s on g.source = s.source and g.rule = s.rule
  inner join population as p on f.id = p.id and f.timeline = p.timeline and f.first_hour = p.first_hour and f.hours = p.hours
  inner join found_all as a on f.id = a.id and f.timeline = a.timeline
  inner join population_all as b on f.id = b.id and f.timeline = b.timeline
  where f.findings >= s.support
)

select
  c.source,
  c.rule,
  nullif(c.attribute, '') as attribute,
  nullif(c.value, '') as value,
  cast(null as varchar) as attribute2,
  cast(null as varchar) as value2,
  c.timeline,
  cast(c.first_hour as bigint) as first_hour,
  cast(c.hours as bigint) as hours,
  cast(null as bigint) as first_slot,
  cast(null as bigint) as last_slot,
  cast(c.findings as bigint) as findings,
  cast(c.records as bigint) as records,
  c.added,
  cast(288 as bigint) as tests
from scored as c
where c.nth = 1
