/* +++
what   = "Writes the tracking number, and the carrier where Salesforce has none either; parcels found by their place alone are for a person to look at."
safety = "safe"
+++ */
select
  f.finding_id,
  'fulfillments' as entity,
  f.salesforce_id,
  f.system,
  f.record_id,
  w.role,
  w.value,
  case when p.method = 'position' then 'review' end as safety
from findings as f
inner join fulfillment_pairs as p on f.system = p.shop_system and f.record_id = p.shop_id and f.salesforce_id = p.salesforce_id
inner join fulfillments as h on p.salesforce_system = h.system and p.salesforce_id = h.record_id
inner join wanted as w on f.system = w.system and f.record_id = w.record_id and w.entity = 'fulfillments'
where w.role = 'tracking_number' or (w.role = 'carrier' and w.value is not null and h.carrier is null)
