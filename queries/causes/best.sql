/* +++
title = "Of everything that was tried for a rule what tells the most, where it is no accident and far from what all records are like"
+++ */
-- The chance of a share as high as this among so many records drawn at random is at most exp(-surprise) (Hoeffding 1963, also without
-- putting back), and so many were tried (Bonferroni): a pattern counts where that chance stays below one in a thousand, and each of two
-- conditions has to pass that among what the other one leaves. The pattern that is most like the set of findings comes first; a further
-- condition has to make it a tenth more alike, and of what always goes together the system is named.
with judged as (
  select
    p.source,
    p.rule,
    p.attribute,
    p.value,
    p.attribute2,
    p.value2,
    p.timeline,
    p.first_hour,
    p.hours,
    p.first_slot,
    p.last_slot,
    p.findings,
    p.records,
    p.added,
    s.findings as all_findings,
    s.total,
    s.records as all_records,
    case when p.attribute is null then 0 else 1 end
    + case when p.attribute2 is null then 0 else 1 end
    + case when p.timeline is null then 0 else 1 end as conditions,
    surprise(p.findings, s.findings, p.records, s.records) as surprise,
    sum(p.tests) over (partition by p.rule) as tests
  from cause_patterns as p
  inner join cause_sets as s on p.source = s.source and p.rule = s.rule
),

ranked as (
  select
    j.source,
    j.rule,
    j.attribute,
    j.value,
    j.attribute2,
    j.value2,
    j.timeline,
    j.first_hour,
    j.hours,
    j.first_slot,
    j.last_slot,
    j.records,
    row_number() over (
      partition by j.rule
      order by
        round(
          likeness(j.findings, j.all_findings, j.records, j.all_records)
          * power(0.9, j.conditions)
          * case when 'system' in (coalesce(j.attribute, ''), coalesce(j.attribute2, '')) then 1.1 else 1 end,
          6
        ) desc,
        j.conditions asc,
        j.source asc,
        j.attribute asc nulls last,
        j.value asc,
        j.timeline asc nulls last,
        j.attribute2 asc nulls last,
        j.value2 asc
    ) as nth
  from judged as j
  where
    least(j.surprise, j.added) - ln(j.tests) >= ln(1000)
    and cast(j.findings as double) / j.total >= 2 * cast(j.records as double) / j.all_records
    and cast(j.findings as double) / j.all_findings - cast(j.records as double) / j.all_records >= 0.1
)

select
  r.source,
  r.rule,
  r.attribute,
  r.value,
  r.attribute2,
  r.value2,
  r.timeline,
  r.first_hour,
  r.hours,
  r.first_slot,
  r.last_slot,
  r.records
from ranked as r
where r.nth = 1
