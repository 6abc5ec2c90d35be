/* +++
title    = "An order cancelled on one side is cancelled on the other"
question = "Which orders are cancelled in one system and alive in the other?"
severity = "critical"
entity   = "orders"
since    = "0.1"
needs    = ["shop.orders", "salesforce.orders", "salesforce.orders.status"]
why      = "A cancelled order that is open elsewhere is shipped, invoiced and counted; an open one that is cancelled elsewhere is never delivered."
remedy   = "Stop fulfilment of the listed orders first. Then cancel them where they are still open, or find out who cancelled them only in Salesforce."
false_alarms = "Orders that Salesforce cancels and makes anew under another record."
fix      = "review"
recheck  = true
checked  = """
select count(*)
from order_links as l
inner join orders as o on l.shop_system = o.system and l.shop_id = o.record_id
inner join orders as sf on l.salesforce_system = sf.system and l.salesforce_id = sf.record_id
where l.is_primary and o.is_test is not true and o.status is not null and sf.status is not null
  and coalesce(o.updated_at, timestamp '1970-01-01') < $as_of - to_minutes(cast($grace_minutes as bigint))
"""

[params.grace_minutes]
default = 15
unit    = "minutes"
help    = "Shop records changed later than this may still be on their way."
+++ */
select
  l.shop_system as system,
  l.shop_id as record_id,
  l.salesforce_id,
  coalesce(o.number, o.record_id) as label,
  'Order ' || coalesce(o.number, o.record_id) || ' is ' || o.status || ' in the shop and ' || sf.status || ' in Salesforce.' as message,
  [diff_field('status', o.status, sf.status)] as diff,
  o.total as amount,
  o.currency,
  coalesce(o.cancelled_at, sf.cancelled_at, sf.updated_at) as occurred_at,
  o.raw_status as shop_status,
  sf.raw_status as salesforce_status,
  o.fulfillment_status,
  sf.last_synced_at
from order_links as l
inner join orders as o on l.shop_system = o.system and l.shop_id = o.record_id
inner join orders as sf on l.salesforce_system = sf.system and l.salesforce_id = sf.record_id
where
  l.is_primary
  and o.is_test is not true
  and (o.status = 'cancelled') <> (sf.status = 'cancelled')
  and coalesce(o.updated_at, timestamp '1970-01-01') < $as_of - to_minutes(cast($grace_minutes as bigint))
