/* +++
title    = "Every subscription of the shop is in Salesforce"
question = "Which subscriptions of the shop have no record in Salesforce?"
severity = "high"
entity   = "subscriptions"
since    = "0.1"
needs    = ["shop.subscriptions", "salesforce.subscriptions", "salesforce.subscriptions.external_ids"]
why      = "Service does not see what the customer is entitled to, and recurring revenue is forecast too low."
remedy   = "Send the listed subscriptions again from the integration. Look for what they have in common: a plan, a day, a gateway."
false_alarms = "Subscriptions that Salesforce keeps without the shop's id and under another customer. Under the same customer they are told by integrity.missing_external_id."
fix      = "review"
recheck  = true
optional = true
checked  = """
select count(*)
from subscriptions as c
inner join compared as s on c.system = s.system and s.entity = 'subscriptions'
where c.deleted_at is null and coalesce(c.status, '') <> 'pending'
  and coalesce(c.created_at, timestamp '1970-01-01') < $as_of - to_minutes(cast($grace_minutes as bigint))
"""

[params.grace_minutes]
default = 15
unit    = "minutes"
help    = "Records younger than this may still be on their way."
+++ */
-- A subscription whose first payment is pending is none yet.
select
  c.system,
  c.record_id,
  cast(null as varchar) as salesforce_id,
  c.record_id as label,
  'Subscription ' || c.record_id || coalesce(' of ' || money_text(c.amount, c.currency) || ' ' || c.currency, '') || ' is not in Salesforce.' as message,
  c.amount,
  c.currency,
  c.created_at as occurred_at,
  c.customer_id,
  c.status,
  c.interval
from subscriptions as c
inner join compared as s on c.system = s.system and s.entity = 'subscriptions'
where
  c.deleted_at is null
  and coalesce(c.status, '') <> 'pending'
  and coalesce(c.created_at, timestamp '1970-01-01') < $as_of - to_minutes(cast($grace_minutes as bigint))
  and not exists (
    select 1
    from subscription_links as l
    where l.shop_system = c.system and l.shop_id = c.record_id
  )
