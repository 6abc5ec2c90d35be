/* +++
title    = "Every shop order is in Salesforce"
question = "Which orders were placed in the shop and never arrived in Salesforce?"
severity = "critical"
entity   = "orders"
since    = "0.1"
needs    = [
  "shop.orders",
  "salesforce.orders",
  "salesforce.orders.external_ids|salesforce.orders.number|salesforce.orders.email",
  "salesforce.orders.external_ids?",
  "salesforce.orders.number?",
]
why      = "Orders that Salesforce does not know are missing from revenue, from forecasts and from the view of everybody who answers the customer."
remedy   = "Send the listed orders again from the integration. Then look for what they have in common: one hour, one channel, one gateway."
false_alarms = "Channels that are kept out of Salesforce on purpose, such as a point of sale with its own process; orders that Salesforce archived or purged, or from before the integration (set oldest_days)."
fix      = "review"
recheck  = true
checked  = """
select count(*)
from orders as o
inner join compared as s on o.system = s.system and s.entity = 'orders'
where o.deleted_at is null and o.is_test is not true and o.status is distinct from 'draft'
  and coalesce(o.created_at, o.placed_at, timestamp '1970-01-01') < $as_of - to_minutes(cast($grace_minutes as bigint))
  and (
    cast($oldest_days as integer) <= 0
    or coalesce(o.placed_at, o.created_at, $as_of) >= $as_of - to_days(cast($oldest_days as integer))
  )
  and not exists (select 1 from order_chains as c where c.shop_system = o.system and c.shop_id = o.record_id)
"""

[params.grace_minutes]
default = 15
unit    = "minutes"
help    = "Records younger than this may still be on their way."

[params.oldest_days]
default = 0
unit    = "days"
help    = "Orders placed longer ago are not asked for, since Salesforce archives or purges them or the integration began later; 0 asks for all."
+++ */
-- An order that was edited by being cancelled and made anew is missed under its last number only.
select
  o.system,
  o.record_id,
  cast(null as varchar) as salesforce_id,
  coalesce(o.number, o.record_id) as label,
  'Order ' || coalesce(o.number, o.record_id) || ' of ' || coalesce(money_text(o.total, o.currency) || ' ' || o.currency, 'unknown amount')
  -- where there are several shops, the message says of which it is
  || case when in_system(o.system) = 'in the shop' then '' else ' ' || in_system(o.system) end || ' is not in Salesforce.' as message,
  o.total as amount,
  o.currency,
  coalesce(o.placed_at, o.created_at) as occurred_at,
  o.channel,
  o.gateway,
  o.country,
  o.status
from missing_orders as m
inner join orders as o on m.system = o.system and m.record_id = o.record_id
where
  coalesce(o.created_at, o.placed_at, timestamp '1970-01-01') < $as_of - to_minutes(cast($grace_minutes as bigint))
  and (
    cast($oldest_days as integer) <= 0
    or coalesce(o.placed_at, o.created_at, $as_of) >= $as_of - to_days(cast($oldest_days as integer))
  )
