/* +++
title    = "Orders reach Salesforce within the target time"
question = "Which orders took longer than the target from the shop to Salesforce?"
severity = "high"
entity   = "orders"
since    = "0.1"
needs    = ["shop.orders", "salesforce.orders"]
why      = "Until an order is in Salesforce nobody there can pick it, answer for it or stop it; late orders are late parcels."
remedy   = "Look at the hours in which the late ones gather: a queue, a nightly batch or a limit of the interface shows as a pattern."
false_alarms = "Orders that were sent again later to repair something; beyond the backfill limit they are left out."
fix      = "none"
checked  = """
select count(*)
from order_links as l
inner join orders as o on l.shop_system = o.system and l.shop_id = o.record_id
inner join orders as sf on l.salesforce_system = sf.system and l.salesforce_id = sf.record_id
where l.is_primary and l.method = 'external_id' and o.is_test is not true and o.created_at is not null and sf.created_at is not null
"""

[params.target_minutes]
default = 5
unit    = "minutes"
help    = "An order should be in Salesforce this long after it was created in the shop."

[params.backfill_days]
default = 7
unit    = "days"
help    = "What arrived later than this was loaded afterwards and says nothing about speed."
+++ */
select
  l.shop_system as system,
  l.shop_id as record_id,
  l.salesforce_id,
  coalesce(o.number, o.record_id) as label,
  'Order ' || coalesce(o.number, o.record_id) || ' reached Salesforce after '
  || cast(date_diff('second', o.created_at, sf.created_at) // 60 as varchar) || ' minutes.' as message,
  o.total as amount,
  o.currency,
  o.created_at as occurred_at,
  date_diff('second', o.created_at, sf.created_at) as seconds,
  sf.created_at as salesforce_created_at,
  sf.created_by
from order_links as l
inner join orders as o on l.shop_system = o.system and l.shop_id = o.record_id
inner join orders as sf on l.salesforce_system = sf.system and l.salesforce_id = sf.record_id
where
  l.is_primary
  and l.method = 'external_id'
  and o.is_test is not true
  and sf.created_at > o.created_at + to_minutes(cast($target_minutes as bigint))
  and sf.created_at < o.created_at + to_days(cast($backfill_days as integer))
