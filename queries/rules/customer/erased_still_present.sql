/* +++
title    = "Who was erased in the shop is erased in Salesforce"
question = "Of which customers that the shop has erased does Salesforce still hold personal data?"
severity = "critical"
entity   = "customers"
since    = "0.1"
needs    = [
  "shop.customers",
  "shop.customers.state",
  "salesforce.customers",
  "salesforce.customers.external_ids",
  "salesforce.customers.email|salesforce.customers.last_name|salesforce.customers.phone",
]
why      = "A request to be forgotten holds for every system. Data that stays behind breaks the law, and a mailing to that person proves it."
remedy   = "Erase the listed records in Salesforce, with what hangs on them: cases, activities, files, copies in marketing tools. Then pass requests for erasure on by the integration."
false_alarms = "Records that must be kept by law, such as for invoices; keep them where marketing and service do not see them, and waive the finding."
fix      = "none"
recheck  = true
checked  = """
select count(*)
from customers as c
inner join systems as s on c.system = s.system and s.side = 'shop'
where c.state = 'redacted'
"""

[params.grace_minutes]
default = 15
unit    = "minutes"
help    = "Erasures later than this may still be on their way."
+++ */
-- A country is no personal data, and neither is a word that stands for a family name because Salesforce demands one.
with erased as (
  select
    c.system,
    c.record_id,
    c.updated_at,
    l.salesforce_system,
    l.salesforce_id
  from customers as c
  inner join customer_links as l on c.system = l.shop_system and c.record_id = l.shop_id and l.method = 'external_id' and l.certainty <> 'ambiguous'
  where
    c.state = 'redacted'
    and coalesce(c.updated_at, timestamp '1970-01-01') < $as_of - to_minutes(cast($grace_minutes as bigint))
),

present as (
  select
    e.system,
    e.record_id,
    e.updated_at,
    e.salesforce_id,
    sf.updated_at as salesforce_updated_at,
    concat_ws(
      ', ',
      case when sf.email is not null and not ends_with(lower(sf.email), '.invalid') then 'e-mail address' end,
      case when sf.phone is not null then 'phone number' end,
      case when sf.first_name is not null and letters(sf.first_name) not in ('redacted', 'deleted', 'erased', 'anonymized', 'anonymous') then 'name' end,
      case when sf.address1 is not null and letters(sf.address1) not in ('redacted', 'deleted', 'erased', 'anonymized') then 'postal address' end
    ) as held
  from erased as e
  inner join customers as sf on e.salesforce_system = sf.system and e.salesforce_id = sf.record_id
)

select
  p.system,
  p.record_id,
  p.salesforce_id,
  'customer ' || p.record_id as label,
  'Customer ' || p.record_id || ' was erased ' || in_system(p.system) || ', but Salesforce still holds: ' || p.held || '.' as message,
  p.updated_at as occurred_at,
  p.held,
  p.salesforce_updated_at
from present as p
where p.held <> ''
