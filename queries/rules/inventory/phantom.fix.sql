/* +++
what   = "Writes the owner's quantity at every place of the product. Stock moves all the time, so a person should look at it close to the moment."
safety = "review"
+++ */
select
  f.finding_id,
  'inventory_levels' as entity,
  p.salesforce_id,
  f.system,
  p.shop_id as record_id,
  p.measure as role,
  number_text(p.shop_quantity) as value,
  case when p.is_total then 'Salesforce keeps the stock at places that its owner does not know: how it is shared out is for a person to decide.' end
    as reason
from findings as f
inner join inventory_pairs as p
  on f.system = p.shop_system and f.record_id = p.variant_id and f.salesforce_id = p.salesforce_product_id
where p.salesforce_id is not null and p.measure is not null
