/* +++
title = "Records of a rule that a chosen pattern holds for"
+++ */
with records as (
  select distinct
    c.source,
    c.rule,
    c.nr
  from cause_map as c
)

select
  b.rule,
  r.nr,
  m.moment
from cause_best as b
inner join records as r on b.source = r.source and b.rule = r.rule
left join cause_moments as m on b.source = m.source and b.rule = m.rule and b.timeline = m.timeline and r.nr = m.nr
where
  (
    b.attribute is null or exists (
      select 1
      from cause_values as v
      where v.source = b.source and v.rule = b.rule and v.nr = r.nr and v.attribute = b.attribute and v.value = b.value
    )
  )
  and (
    b.attribute2 is null or exists (
      select 1
      from cause_values as v
      where v.source = b.source and v.rule = b.rule and v.nr = r.nr and v.attribute = b.attribute2 and v.value = b.value2
    )
  )
  and (b.timeline is null or m.nr is not null)
  and (b.hours is null or (m.hour - b.first_hour + 24) % 24 < b.hours)
  and (b.first_slot is null or m.slot between b.first_slot and b.last_slot)
