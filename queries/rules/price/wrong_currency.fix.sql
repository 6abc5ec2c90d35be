/* +++
what   = "Makes the entry in the currency of the list and takes the one in the wrong currency out of use."
safety = "review"
+++ */
with wrong as (
  select
    f.finding_id,
    f.system,
    f.record_id,
    f.salesforce_id,
    p.price_id,
    p.store
  from findings as f
  inner join price_pairs as p
    on f.system = p.shop_system and f.record_id = p.shop_id and f.salesforce_id = p.salesforce_id and p.currency <> p.salesforce_currency
)

select
  x.finding_id,
  'prices' as entity,
  x.salesforce_id,
  x.system,
  x.record_id,
  'is_active' as role,
  'false' as value
from wrong as x
union
select
  x.finding_id,
  'prices' as entity,
  cast(null as varchar) as salesforce_id,
  x.system,
  x.price_id as record_id,
  w.role,
  case w.role when 'store' then coalesce(w.value, x.store) else w.value end as value
from wrong as x
inner join wanted as w on x.system = w.system and x.price_id = w.record_id and w.entity = 'prices'
