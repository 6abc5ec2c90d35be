/* +++
title    = "Statuses of shipments agree between shop and Salesforce"
question = "Which shipments have another status in Salesforce than in the shop?"
severity = "medium"
entity   = "fulfillments"
since    = "0.1"
needs    = ["shop.orders", "shop.fulfillments", "salesforce.orders", "salesforce.fulfillments", "salesforce.fulfillments.status"]
why      = "A cancelled parcel that Salesforce takes for sent is promised to the buyer; a sent one that it takes for cancelled is sent again."
remedy   = "Find out why the last change of the shipment did not arrive, and send it again. Where the words differ on purpose, map them in recon.toml."
false_alarms = "A status value of Salesforce that recon.toml maps to the wrong canonical value."
fix      = "review"
recheck  = true
optional = true
checked  = """
select count(*)
from fulfillment_pairs as p
where p.shop_status is not null and p.salesforce_status in ('success', 'pending', 'cancelled', 'failed')
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
  'A parcel of order ' || coalesce(p.number, p.shop_order_id) || coalesce(' (' || p.shop_tracking || ')', '') || ' is ' || p.shop_status || ' '
  || in_system(p.shop_system) || ' and ' || p.salesforce_status || ' in Salesforce.' as message,
  [diff_field('status', p.shop_status, p.salesforce_status)] as diff,
  p.shop_updated_at as occurred_at,
  case p.method when 'position' then 'likely' else 'certain' end as confidence,
  p.shop_order_id as order_id,
  p.method
from fulfillment_pairs as p
where
  p.shop_status <> p.salesforce_status
  and p.salesforce_status in ('success', 'pending', 'cancelled', 'failed')
  and coalesce(p.shop_updated_at, timestamp '1970-01-01') < $as_of - to_minutes(cast($grace_minutes as bigint))
