/* +++
title = "Values, and pairs of values, that many of a rule's records share, with how many records have them at all"
+++ */
with open_values as (
  select
    v.source,
    v.rule,
    v.nr,
    v.attribute,
    v.value
  from cause_values as v
  where
    not exists (
      select 1
      from cause_covered as c
      where c.source = v.source and c.rule = v.rule and c.nr = v.nr
    )
),

singles as (
  select
    o.source,
    o.rule,
    o.attribute,
    o.value,
    count(*) as findings
  from open_values as o
  inner join cause_sets as s on o.source = s.source and o.rule = s.rule
  group by
    o.source,
    o.rule,
    o.attribute,
    o.value,
    s.support
  having count(*) >= s.support
),

pairs as (
  select
    a.source,
    a.rule,
    a.attribute,
    a.value,
    b.attribute as attribute2,
    b.value as value2,
    x.findings as findings1,
    y.findings as findings2,
    count(*) as findings
  from open_values as a
  inner join singles as x on a.source = x.source and a.rule = x.rule and a.attribute = x.attribute and a.value = x.value
  inner join open_values as b on a.source = b.source and a.rule = b.rule and a.nr = b.nr and a.attribute < b.attribute
  inner join singles as y on b.source = y.source and b.rule = y.rule and b.attribute = y.attribute and b.value = y.value
  inner join cause_sets as s on a.source = s.source and a.rule = s.rule
  group by
    a.source,
    a.rule,
    a.attribute,
    a.value,
    b.attribute,
    b.value,
    x.findings,
    y.findings,
    s.support
  having count(*) >= s.support
),

one as (
  select
    c.source,
    c.attribute,
    c.value,
    sum(c.records) as records
  from cause_cells as c
  group by
    c.source,
    c.attribute,
    c.value
),

wanted as (
  select distinct
    p.source,
    p.attribute,
    p.value,
    p.attribute2,
    p.value2
  from pairs as p
),

both_of as (
  select
    w.source,
    w.attribute,
    w.value,
    w.attribute2,
    w.value2,
    sum(a.records) as records
  from wanted as w
  inner join cause_cells as a on w.source = a.source and w.attribute = a.attribute and w.value = a.value
  inner join cause_cells as b on a.source = b.source and a.cell = b.cell and w.attribute2 = b.attribute and w.value2 = b.value
  group by
    w.source,
    w.attribute,
    w.value,
    w.attribute2,
    w.value2
)

select
  s.source,
  s.rule,
  s.attribute,
  s.value,
  cast(null as varchar) as attribute2,
  cast(null as varchar) as value2,
  cast(null as varchar) as timeline,
  cast(null as bigint) as first_hour,
  cast(null as bigint) as hours,
  cast(null as bigint) as first_slot,
  cast(null as bigint) as last_slot,
  s.findings,
  cast(o.records as bigint) as records,
  surprise(s.findings, z.findings, o.records, z.records) as added,
  cast(1 as bigint) as tests
from singles as s
inner join cause_sets as z on s.source = z.source and s.rule = z.rule
inner join one as o on s.source = o.source and s.attribute = o.attribute and s.value = o.value
union all
select
  p.source,
  p.rule,
  p.attribute,
  p.value,
  p.attribute2,
  p.value2,
  cast(null as varchar) as timeline,
  cast(null as bigint) as first_hour,
  cast(null as bigint) as hours,
  cast(null as bigint) as first_slot,
  cast(null as bigint) as last_slot,
  p.findings,
  cast(b.records as bigint) as records,
  least(surprise(p.findings, p.findings1, b.records, x.records), surprise(p.findings, p.findings2, b.records, y.records)) as added,
  cast(1 as bigint) as tests
from pairs as p
inner join both_of as b
  on p.source = b.source and p.attribute = b.attribute and p.value = b.value and p.attribute2 = b.attribute2 and p.value2 = b.value2
inner join one as x on p.source = x.source and p.attribute = x.attribute and p.value = x.value
inner join one as y on p.source = y.source and p.attribute2 = y.attribute and p.value2 = y.value
