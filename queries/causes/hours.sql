/* +++
title = "Hours of the day, of all records and of those with a common value, in which many of a rule's records lie; the best of each"
+++ */
with grouped as (
  select
    g.source,
    g.rule,
    g.attribute,
    g.value,
    m.timeline,
    m.hour,
    count(*) as findings
  from cause_groups as g
  inner join cause_members as m on g.source = m.source and g.rule = m.rule and g.place = m.place
  where g.place <= 6
  group by
    g.source,
    g.rule,
    g.attribute,
    g.value,
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
    g.source,
    g.rule,
    g.attribute,
    g.value,
    g.timeline,
    s.first_hour,
    s.hours,
    sum(g.findings) as findings
  from grouped as g
  inner join spans as s on (g.hour - s.first_hour + 24) % 24 < s.hours
  group by
    g.source,
    g.rule,
    g.attribute,
    g.value,
    g.timeline,
    s.first_hour,
    s.hours
),

found_all as (
  select
    g.source,
    g.rule,
    g.attribute,
    g.value,
    g.timeline,
    sum(g.findings) as findings
  from grouped as g
  group by
    g.source,
    g.rule,
    g.attribute,
    g.value,
    g.timeline
),

population_all as (
  select
    h.source,
    h.attribute,
    h.value,
    h.timeline,
    sum(h.records) as records
  from cause_hours as h
  group by
    h.source,
    h.attribute,
    h.value,
    h.timeline
),

population as (
  select
    h.source,
    h.attribute,
    h.value,
    h.timeline,
    s.first_hour,
    s.hours,
    sum(h.records) as records
  from cause_hours as h
  inner join spans as s on (h.hour - s.first_hour + 24) % 24 < s.hours
  group by
    h.source,
    h.attribute,
    h.value,
    h.timeline,
    s.first_hour,
    s.hours
),

sizes as (
  select
    f.source,
    f.rule,
    f.attribute,
    f.value,
    f.timeline,
    f.findings,
    p.records
  from found_all as f
  inner join population_all as p on f.source = p.source and f.attribute = p.attribute and f.value = p.value and f.timeline = p.timeline
),

scored as (
  select
    f.source,
    f.rule,
    f.attribute,
    f.value,
    f.timeline,
    f.first_hour,
    f.hours,
    f.findings,
    p.records,
    surprise(f.findings, z.findings, p.records, z.records) as added,
    row_number() over (
      partition by f.source, f.rule, f.attribute, f.value, f.timeline
      order by round(likeness(f.findings, s.findings, p.records, s.records), 6) desc, f.hours asc, f.first_hour asc
    ) as nth
  from found as f
  inner join cause_sets as s on f.source = s.source and f.rule = s.rule
  inner join population as p
    on
      f.source = p.source
      and f.attribute = p.attribute
      and f.value = p.value
      and f.timeline = p.timeline
      and f.first_hour = p.first_hour
      and f.hours = p.hours
  inner join sizes as z
    on f.source = z.source and f.rule = z.rule and f.attribute = z.attribute and f.value = z.value and f.timeline = z.timeline
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
