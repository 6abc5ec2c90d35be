/* +++
what   = "Writes the shop's address as a whole, ship-to or bill-to, whichever differs."
safety = "review"
+++ */
with differing as (
  select distinct
    f.finding_id,
    f.system,
    f.record_id,
    f.salesforce_id,
    split_part(d.field.field, '_', 1) as kind
  from findings as f, unnest(f.diff) as d (field)
)

select
  d.finding_id,
  'orders' as entity,
  d.salesforce_id,
  d.system,
  d.record_id,
  w.role,
  w.value
from differing as d
inner join wanted as w on d.system = w.system and d.record_id = w.record_id and w.entity = 'orders'
where w.role in (d.kind || '_street', d.kind || '_city', d.kind || '_postal_code', d.kind || '_country')
