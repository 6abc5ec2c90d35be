/* +++
what   = "Writes the units of the parcel where the shipment itself has a field for them; parcels that share a tracking number are left to a person."
safety = "review"
+++ */
select
  f.finding_id,
  'fulfillments' as entity,
  f.salesforce_id,
  f.system,
  f.record_id,
  w.role,
  w.value,
  case
    when p.is_shared then 'Several parcels share the tracking number, and which of them lacks units has to be said by a person.'
  end as reason
from findings as f
inner join fulfillment_pairs as p on f.system = p.shop_system and f.record_id = p.shop_id and f.salesforce_id = p.salesforce_id
inner join wanted as w on f.system = w.system and f.record_id = w.record_id and w.entity = 'fulfillments'
where w.role = 'quantity' and w.value is not null
