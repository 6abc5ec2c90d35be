/* +++
what   = "Writes the shop's text over what is garbled, cut off, swapped or filled in, where the shop knows it whole."
safety = "review"
+++ */
select
  f.finding_id,
  'customers' as entity,
  f.salesforce_id,
  f.system,
  f.record_id,
  w.role,
  w.value,
  case when is_garbled(w.value) then 'The text of the shop is damaged as well.' end as reason
from findings as f, unnest(f.diff) as d (field)
inner join wanted as w on f.system = w.system and f.record_id = w.record_id and w.entity = 'customers' and d.field.field = w.role
where w.value is not null
union all
select
  f.finding_id,
  'customers' as entity,
  f.salesforce_id,
  f.system,
  f.record_id,
  'last_name' as role,
  cast(null as varchar) as value,
  'No customer of a shop is linked to the record, so nothing tells what the text should be.' as reason
from findings as f
where f.record_id is null
