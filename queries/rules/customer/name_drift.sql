/* +++
title    = "Names agree between shop and Salesforce"
question = "Which customers have another name in Salesforce than in the shop?"
severity = "medium"
entity   = "customers"
since    = "0.1"
needs    = [
  "shop.customers",
  "shop.customers.first_name",
  "shop.customers.last_name",
  "salesforce.customers",
  "salesforce.customers.last_name",
  "salesforce.customers.first_name?",
  "salesforce.customers.external_ids",
]
why      = "Letters and parcels carry the wrong name, and somebody who married or corrected a typing error sees that nobody noticed."
remedy   = "Take over the name of the system that owns it. Where the names are of two people, the shop's id stands on the wrong record: look who that is first."
false_alarms = "Nicknames and second given names that sales keeps in Salesforce on purpose. Accents, capitals, ae for ä, and another split into given and family name are no difference."
fix      = "review"
recheck  = true
checked  = """
select count(*) from customer_pairs as p where p.has_name
"""

[params.grace_minutes]
default = 15
unit    = "minutes"
help    = "Shop records changed later than this may still be on their way."
+++ */
-- Swapped, cut and garbled names are customer.damaged_text.
with drifted as (
  select
    p.shop_system,
    p.shop_id,
    p.salesforce_system,
    p.salesforce_id
  from customer_pairs as p
  where
    p.name_drift = 'other'
    and coalesce(p.shop_updated_at, timestamp '1970-01-01') < $as_of - to_minutes(cast($grace_minutes as bigint))
)

select
  d.shop_system as system,
  d.shop_id as record_id,
  d.salesforce_id,
  coalesce(c.email, c.phone, c.record_id) as label,
  'Customer ' || coalesce(c.email, c.phone, c.record_id) || ' is called ' || concat_ws(' ', c.first_name, c.last_name) || ' ' || in_system(d.shop_system)
  || ' and ' || concat_ws(' ', sf.first_name, sf.last_name) || ' in Salesforce.' as message,
  diff_of([
    diff_if('first_name', c.first_name, sf.first_name),
    diff_if('last_name', c.last_name, sf.last_name)
  ]) as diff,
  c.updated_at as occurred_at,
  sf.updated_at as salesforce_updated_at
from drifted as d
inner join customers as c on d.shop_system = c.system and d.shop_id = c.record_id
inner join customers as sf on d.salesforce_system = sf.system and d.salesforce_id = sf.record_id
