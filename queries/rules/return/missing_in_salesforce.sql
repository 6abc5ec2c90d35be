/* +++
title    = "Every return and exchange is in Salesforce"
question = "Which returns and exchanges of linked orders are not in Salesforce?"
severity = "medium"
entity   = "returns"
since    = "0.1"
needs    = ["shop.orders", "shop.returns", "salesforce.orders", "salesforce.returns", "salesforce.returns.external_ids?"]
why      = "Service does not know that goods are on their way back: buyers are told to wait, or get their money twice."
remedy   = "Send the listed returns again, and look whether the integration reads returns at all or only the refunds that follow them."
false_alarms = "Returns that are handled outside Salesforce on purpose."
fix      = "review"
recheck  = true
optional = true
checked  = """
select count(*)
from return_pairs as p
where p.shop_status in ('open', 'closed')
  and coalesce(p.shop_changed_at, timestamp '1970-01-01') < $as_of - to_minutes(cast($grace_minutes as bigint))
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
  'A return of order ' || coalesce(p.number, p.shop_order_id) || ' is ' || p.shop_status || ' ' || in_system(p.shop_system)
  || ' and not in Salesforce.' as message,
  p.created_at as occurred_at,
  p.shop_order_id as order_id,
  p.salesforce_order_id,
  p.shop_status as status
from return_pairs as p
where
  p.salesforce_id is null
  -- What was only asked for, declined or taken back moves no goods.
  and p.shop_status in ('open', 'closed')
  and coalesce(p.shop_changed_at, timestamp '1970-01-01') < $as_of - to_minutes(cast($grace_minutes as bigint))
