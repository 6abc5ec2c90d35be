/* +++
title    = "Shipments hold as many units in Salesforce as in the shop"
question = "Which shipments have another number of units in Salesforce than in the shop?"
severity = "high"
entity   = "fulfillments"
since    = "0.1"
needs    = ["shop.orders", "shop.fulfillments", "salesforce.orders", "salesforce.fulfillments", "shop.fulfillment_lines|shop.fulfillments.quantity", "salesforce.fulfillments.quantity|salesforce.fulfillment_lines.quantity"]
why      = "A partial shipment looks whole, or a whole one partial: what is still owed to the buyer is wrong, and so is what gets invoiced."
remedy   = "Correct the units in Salesforce, and look whether the integration copies the order's units, or counts lines, instead of reading the parcel."
false_alarms = "An integration that counts sets as one unit where the shop counts their parts."
fix      = "review"
optional = true
checked  = """
select count(*)
from fulfillment_pairs as p
where p.shop_quantity is not null and p.salesforce_quantity is not null and p.shop_status = 'success'
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
  'A parcel of order ' || coalesce(p.number, p.shop_order_id) || coalesce(' (' || p.shop_tracking || ')', '') || ' holds ' || number_text(p.shop_quantity)
  || ' units ' || in_system(p.shop_system) || ' and ' || number_text(p.salesforce_quantity) || ' in Salesforce.' as message,
  [diff_field('quantity', number_text(p.shop_quantity), number_text(p.salesforce_quantity))] as diff,
  p.shipped_at as occurred_at,
  case p.method when 'position' then 'likely' else 'certain' end as confidence,
  p.shop_order_id as order_id,
  p.method
from fulfillment_pairs as p
where
  p.shop_quantity <> p.salesforce_quantity
  and p.shop_status = 'success'
  and coalesce(p.shop_updated_at, timestamp '1970-01-01') < $as_of - to_minutes(cast($grace_minutes as bigint))
