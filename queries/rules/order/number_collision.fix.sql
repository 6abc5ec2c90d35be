/* +++
what   = "Writes the shop's number where the order is known by its id and carries the number of another; the other kinds are for a person to decide."
safety = "review"
+++ */
select
  f.finding_id,
  'orders' as entity,
  f.salesforce_id,
  f.system,
  f.record_id,
  'number' as role,
  d.field.shop as value,
  cast(null as varchar) as reason
from findings as f, unnest(f.diff) as d (field)
where d.field.field = 'number' and f.record_id is not null and f.salesforce_id is not null
union all
select
  f.finding_id,
  'orders' as entity,
  f.salesforce_id,
  f.system,
  f.record_id,
  'number' as role,
  cast(null as varchar) as value,
  'Which order the number stands for is for a person to decide.' as reason
from findings as f
where f.record_id is null or f.salesforce_id is null
