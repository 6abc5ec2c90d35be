/* +++
title    = "Tracking numbers of parcels are in Salesforce"
question = "Of which shipments does Salesforce not know the tracking number although the shop has one?"
severity = "medium"
entity   = "fulfillments"
since    = "0.1"
needs    = ["shop.orders", "shop.fulfillments", "salesforce.orders", "salesforce.fulfillments", "shop.fulfillments.tracking_number", "salesforce.fulfillments.tracking_number"]
why      = "Buyers ask where their parcel is, and service cannot tell; notices go out without a link."
remedy   = "Write the number into the listed shipments. Numbers that carriers give later than the shipment was made have to be sent as an update of their own."
false_alarms = "Shipments whose number stands in Salesforce in another field or object than recon.toml maps."
fix      = "review"
recheck  = true
optional = true
checked  = """
select count(*)
from fulfillment_pairs as p
where p.salesforce_id is not null and p.shop_tracking is not null and p.shop_status = 'success'
  and coalesce(p.shop_updated_at, timestamp '1970-01-01') < $as_of - to_minutes(cast($grace_minutes as bigint))
"""

[params.grace_minutes]
default = 15
unit    = "minutes"
help    = "Shop records changed later than this may still be on their way."
+++ */
select
  p.shop_system as system,
  p.shop_id as record_id,
  p.salesforce_id,
  coalesce(p.number, p.shop_order_id) as label,
  'A parcel of order ' || coalesce(p.number, p.shop_order_id) || ' has the tracking number ' || p.shop_tracking || ' ' || in_system(p.shop_system)
  || ' and none in Salesforce.' as message,
  [diff_field('tracking_number', p.shop_tracking, null)] as diff,
  p.shipped_at as occurred_at,
  p.shop_order_id as order_id
from fulfillment_pairs as p
where
  p.salesforce_id is not null
  and p.shop_tracking is not null
  and p.salesforce_tracking is null
  and p.shop_status = 'success'
  and coalesce(p.shop_updated_at, timestamp '1970-01-01') < $as_of - to_minutes(cast($grace_minutes as bigint))
