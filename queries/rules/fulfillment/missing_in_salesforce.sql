/* +++
title    = "Every parcel that left is in Salesforce"
question = "Which shipments of linked orders are not in Salesforce?"
severity = "high"
entity   = "fulfillments"
since    = "0.1"
needs    = ["shop.orders", "shop.fulfillments", "salesforce.orders", "salesforce.fulfillments", "salesforce.fulfillments.external_ids?"]
why      = "Service tells buyers that nothing was sent yet, and whatever starts with the shipment, from the notice to the invoice, does not start."
remedy   = "Send the listed shipments again. Look whether only the first parcel of an order ever arrives: then the integration takes a split order for shipped with its first part."
false_alarms = "Shipments that are kept out of Salesforce on purpose, such as what a till hands over or what is sent by e-mail."
fix      = "review"
recheck  = true
optional = true
aliases  = ["fulfillment.missing"]
checked  = """
select count(*)
from fulfillment_pairs as p
where p.shop_status = 'success'
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
  'A parcel of order ' || coalesce(p.number, p.shop_order_id) || coalesce(' (' || p.shop_tracking || ')', '') || ' left on '
  || coalesce(strftime(p.shipped_at, '%Y-%m-%d'), 'an unknown day') || ' and is not in Salesforce.' as message,
  p.shipped_at as occurred_at,
  p.shop_order_id as order_id,
  p.salesforce_order_id,
  p.shop_tracking as tracking_number,
  number_text(p.shop_quantity) as quantity
from fulfillment_pairs as p
where
  p.salesforce_id is null
  and p.shop_status = 'success'
  and coalesce(p.shop_updated_at, timestamp '1970-01-01') < $as_of - to_minutes(cast($grace_minutes as bigint))
