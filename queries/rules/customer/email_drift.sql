/* +++
title    = "E-mail addresses agree between shop and Salesforce"
question = "Which customers have another e-mail address in Salesforce than in the shop?"
severity = "medium"
entity   = "customers"
since    = "0.1"
needs    = ["shop.customers", "shop.customers.email", "salesforce.customers", "salesforce.customers.email", "salesforce.customers.external_ids"]
why      = "Mail goes to an address that the customer gave up, and the next order under the new address makes a second record."
remedy   = "Take over the address of the system that owns it. Find out why the change did not arrive."
false_alarms = "A business address that sales keeps in Salesforce on purpose."
fix      = "review"
recheck  = true
checked  = """
select count(*) from customer_pairs as p where p.has_email
"""

[params.grace_minutes]
default = 15
unit    = "minutes"
help    = "Shop records changed later than this may still be on their way."
+++ */
with drifted as (
  select
    p.shop_system,
    p.shop_id,
    p.salesforce_system,
    p.salesforce_id
  from customer_pairs as p
  where
    p.email_drift is not null
    and coalesce(p.shop_updated_at, timestamp '1970-01-01') < $as_of - to_minutes(cast($grace_minutes as bigint))
)

select
  d.shop_system as system,
  d.shop_id as record_id,
  d.salesforce_id,
  coalesce(c.email, c.email_key) as label,
  'Customer ' || coalesce(c.email, c.email_key)
  || case when sf.email is null then ' has no e-mail address in Salesforce.' else ' has the address ' || sf.email || ' in Salesforce.' end as message,
  [diff_field('email', c.email, sf.email)] as diff,
  c.updated_at as occurred_at,
  sf.updated_at as salesforce_updated_at
from drifted as d
inner join customers as c on d.shop_system = c.system and d.shop_id = c.record_id
inner join customers as sf on d.salesforce_system = sf.system and d.salesforce_id = sf.record_id
