/* +++
title    = "Every customer of the shop is in Salesforce"
question = "Which customers of the shop have no record in Salesforce?"
severity = "high"
entity   = "customers"
since    = "0.1"
needs    = [
  "shop.customers",
  "salesforce.customers",
  "shop.customers.email",
  "salesforce.customers.external_ids|salesforce.customers.email",
  "salesforce.customers.external_ids?",
  "salesforce.customers.email?",
]
why      = "Marketing, service and sales work from Salesforce; whoever is not there is not written to, not recognised and not counted."
remedy   = "Send the listed customers again. Look for validation rules that refuse them, such as a required last name."
false_alarms = "Shops whose customers reach Salesforce only with their first order."
fix      = "review"
recheck  = true
checked  = """
select count(*)
from customers as c
inner join compared as s on c.system = s.system and s.entity = 'customers'
where c.deleted_at is null and (c.is_guest is not true or $guests) and coalesce(c.state, '') not in ('redacted', 'merged')
  and coalesce(c.created_at, timestamp '1970-01-01') < $as_of - to_minutes(cast($grace_minutes as bigint))
"""

[params.grace_minutes]
default = 15
unit    = "minutes"
help    = "Records younger than this may still be on their way."

[params.guests]
default = false
help    = "Whether buyers without an account must be in Salesforce too. Only shops that keep them as records tell of them."
+++ */
select
  c.system,
  c.record_id,
  cast(null as varchar) as salesforce_id,
  coalesce(c.email, c.phone, c.record_id) as label,
  'Customer ' || coalesce(c.email, c.phone, c.record_id) || ' is not in Salesforce.' as message,
  c.total_spent as amount,
  c.currency,
  c.created_at as occurred_at,
  c.orders_count,
  c.country,
  c.state
from customers as c
inner join compared as s on c.system = s.system and s.entity = 'customers'
where
  c.deleted_at is null
  and (c.is_guest is not true or $guests)
  and coalesce(c.state, '') not in ('redacted', 'merged')
  and coalesce(c.created_at, timestamp '1970-01-01') < $as_of - to_minutes(cast($grace_minutes as bigint))
  and not exists (
    select 1
    from customer_links as l
    where l.shop_system = c.system and l.shop_id = c.record_id
  )
