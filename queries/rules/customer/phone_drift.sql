/* +++
title    = "Phone numbers agree between shop and Salesforce"
question = "Which customers have another phone number in Salesforce than in the shop, or none?"
severity = "low"
entity   = "customers"
since    = "0.1"
needs    = ["shop.customers", "shop.customers.phone", "salesforce.customers", "salesforce.customers.phone", "salesforce.customers.external_ids"]
why      = "Service calls somebody else or nobody, and text messages go to a number that the customer gave up."
remedy   = "Take over the number of the system that owns it. Find out why the change did not arrive."
false_alarms = "Salesforce records with several numbers, where the shop's stands in a field that recon.toml does not map. The way a number is written is no difference."
fix      = "review"
recheck  = true
checked  = """
select count(*) from customer_pairs as p where p.has_phone
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
    p.phone_drift is not null
    and coalesce(p.shop_updated_at, timestamp '1970-01-01') < $as_of - to_minutes(cast($grace_minutes as bigint))
)

select
  d.shop_system as system,
  d.shop_id as record_id,
  d.salesforce_id,
  coalesce(c.email, c.phone, c.record_id) as label,
  'Customer ' || coalesce(c.email, c.phone, c.record_id)
  || case when sf.phone is null then ' has no phone number in Salesforce.' else ' has the phone number ' || sf.phone || ' in Salesforce.' end as message,
  [diff_field('phone', c.phone, sf.phone)] as diff,
  c.updated_at as occurred_at,
  sf.updated_at as salesforce_updated_at
from drifted as d
inner join customers as c on d.shop_system = c.system and d.shop_id = c.record_id
inner join customers as sf on d.salesforce_system = sf.system and d.salesforce_id = sf.record_id
