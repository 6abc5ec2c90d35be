/* +++
title    = "Postal addresses agree between shop and Salesforce"
question = "Which customers have another postal address in Salesforce than in the shop, or none?"
severity = "low"
entity   = "customers"
since    = "0.1"
needs    = [
  "shop.customers",
  "shop.customers.address1",
  "shop.customers.postal_code",
  "salesforce.customers",
  "salesforce.customers.address1",
  "salesforce.customers.postal_code",
  "salesforce.customers.city?",
  "salesforce.customers.country?",
  "salesforce.customers.external_ids",
]
why      = "Letters, returns and field service go to where the customer used to live; regions and territories are assigned by the wrong place."
remedy   = "Take over the address of the system that owns it. Find out why the change did not arrive."
false_alarms = "A customer with several addresses of which Salesforce keeps another one than the shop's default. Capitals, accents, Str. for Straße, and the house number before or behind are no difference."
fix      = "review"
recheck  = true
checked  = """
select count(*) from customer_pairs as p where p.has_address
"""

[params.grace_minutes]
default = 15
unit    = "minutes"
help    = "Shop records changed later than this may still be on their way."
+++ */
-- Cut and garbled addresses are customer.damaged_text.
with drifted as (
  select
    p.shop_system,
    p.shop_id,
    p.salesforce_system,
    p.salesforce_id,
    p.address_drift
  from customer_pairs as p
  where
    p.address_drift in ('blank', 'other')
    and coalesce(p.shop_updated_at, timestamp '1970-01-01') < $as_of - to_minutes(cast($grace_minutes as bigint))
)

select
  d.shop_system as system,
  d.shop_id as record_id,
  d.salesforce_id,
  coalesce(c.email, c.phone, c.record_id) as label,
  'Customer ' || coalesce(c.email, c.phone, c.record_id)
  || case d.address_drift
    when 'blank' then ' has no street in Salesforce.'
    else
      ' lives at ' || concat_ws(', ', sf.address1, sf.address2, concat_ws(' ', sf.postal_code, sf.city)) || ' in Salesforce and at '
      || concat_ws(', ', c.address1, c.address2, concat_ws(' ', c.postal_code, c.city)) || ' ' || in_system(d.shop_system) || '.'
  end as message,
  diff_of([
    diff_if('address1', c.address1, sf.address1),
    diff_if('address2', c.address2, sf.address2),
    diff_if('postal_code', c.postal_code, sf.postal_code),
    diff_if('city', c.city, sf.city),
    diff_if('country', c.country, sf.country)
  ]) as diff,
  c.updated_at as occurred_at,
  sf.updated_at as salesforce_updated_at
from drifted as d
inner join customers as c on d.shop_system = c.system and d.shop_id = c.record_id
inner join customers as sf on d.salesforce_system = sf.system and d.salesforce_id = sf.record_id
