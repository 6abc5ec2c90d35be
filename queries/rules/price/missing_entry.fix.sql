/* +++
what   = "Makes the price book entry with the price of the owner, or takes an inactive one into use again."
safety = "review"
+++ */
select
  f.finding_id,
  'prices' as entity,
  cast(null as varchar) as salesforce_id,
  f.system,
  p.price_id as record_id,
  w.role,
  case w.role when 'store' then coalesce(w.value, p.store) else w.value end as value
from findings as f
inner join price_pairs as p
  on
    f.system = p.shop_system
    and f.record_id = p.shop_id
    and f.salesforce_id = p.salesforce_product_id
    and p.price_list = cast(f.evidence as json) ->> '$.price_list'
    and p.store is not distinct from cast(f.evidence as json) ->> '$.store'
    and p.salesforce_id is null
inner join wanted as w on p.shop_system = w.system and p.price_id = w.record_id and w.entity = 'prices'
