/* +++
title    = "Orders reach Salesforce within the target time"
question = "Which orders took longer than the target from the shop to Salesforce?"
severity = "high"
entity   = "orders"
since    = "0.1"
needs    = ["shop.orders", "salesforce.orders", "salesforce.orders.external_ids"]
why      = "Until an order is in Salesforce nobody there can pick it, answer for it or stop it; late orders are late parcels."
remedy   = "Look at the hours in which the late ones gather: a queue, a nightly batch or a limit of the interface shows as a pattern."
false_alarms = "Orders that were sent again later to repair something; beyond the backfill limit they are left out."
fix      = "none"
checked  = """
select count(*)
from order_pairs as p
where p.method = 'external_id' and p.shop_created_at is not null and p.salesforce_created_at is not null
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
  p.shop_system as system,
  p.shop_id as record_id,
  p.salesforce_id,
  coalesce(p.number, p.shop_id) as label,
  'Order ' || coalesce(p.number, p.shop_id) || ' reached Salesforce after '
  || cast(date_diff('second', p.shop_created_at, p.salesforce_created_at) // 60 as varchar) || ' minutes.' as message,
  p.shop_total as amount,
  p.shop_currency as currency,
  p.shop_created_at as occurred_at,
  date_diff('second', p.shop_created_at, p.salesforce_created_at) as seconds,
  p.salesforce_created_at
from order_pairs as p
where
  p.method = 'external_id'
  and p.salesforce_created_at > p.shop_created_at + to_minutes(cast($target_minutes as bigint))
  and p.salesforce_created_at < p.shop_created_at + to_days(cast($backfill_days as integer))
