/* +++
title    = "Order statuses agree between shop and Salesforce"
question = "Which orders have another status in Salesforce than in the shop?"
severity = "high"
entity   = "orders"
since    = "0.1"
needs    = ["shop.orders", "salesforce.orders", "salesforce.orders.status"]
why      = "Customer service tells buyers what Salesforce shows; automation in Salesforce starts from the status."
remedy   = "Find out why the last change of status did not arrive, and send it again. Where the words differ on purpose, map them in recon.toml."
false_alarms = "A status value of Salesforce that recon.toml maps to the wrong canonical value."
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
  coalesce(o.closed_at, o.updated_at) as occurred_at,
  o.raw_status as shop_status,
  sf.raw_status as salesforce_status,
  sf.last_synced_at
from order_links as l
inner join orders as o on l.shop_system = o.system and l.shop_id = o.record_id
inner join orders as sf on l.salesforce_system = sf.system and l.salesforce_id = sf.record_id
where
  l.is_primary
  and o.is_test is not true
  and o.status <> sf.status
  and o.status <> 'cancelled'
  and sf.status <> 'cancelled'
  and coalesce(o.updated_at, timestamp '1970-01-01') < $as_of - to_minutes(cast($grace_minutes as bigint))
