/* +++
title    = "Every business customer of the shop is in Salesforce"
question = "Which companies that may buy in the shop have no account in Salesforce?"
severity = "medium"
entity   = "companies"
since    = "0.1"
needs    = [
  "shop.companies",
  "salesforce.companies",
  "salesforce.companies.external_ids|salesforce.companies.name",
  "salesforce.companies.external_ids?",
  "salesforce.companies.name?",
]
why      = "Sales does not see who buys, prices and credit are not kept, and orders of the business hang on nobody."
remedy   = "Send the listed companies again. Look for rules in Salesforce that refuse them, such as one against accounts of the same name."
false_alarms = "Companies that Salesforce keeps under another legal name and without the shop's id; write the id into the account. Shops that do not tell when a company was made show it at once."
fix      = "review"
recheck  = true
optional = true
checked  = """
select count(*)
from companies as c
inner join compared as s on c.system = s.system and s.entity = 'companies'
where c.deleted_at is null and coalesce(c.status, '') not in ('pending', 'rejected', 'inactive', 'disabled')
  and coalesce(c.created_at, timestamp '1970-01-01') < $as_of - to_minutes(cast($grace_minutes as bigint))
"""

[params.grace_minutes]
default = 15
unit    = "minutes"
help    = "Records younger than this may still be on their way."
+++ */
-- Who asked to become a business customer and is not one yet, or no longer, need not be there.
select
  c.system,
  c.record_id,
  cast(null as varchar) as salesforce_id,
  coalesce(c.name, c.record_id) as label,
  'Company ' || coalesce(c.name, c.record_id) || ' is not in Salesforce.' as message,
  c.created_at as occurred_at,
  c.status,
  c.price_list
from companies as c
inner join compared as s on c.system = s.system and s.entity = 'companies'
where
  c.deleted_at is null
  and coalesce(c.status, '') not in ('pending', 'rejected', 'inactive', 'disabled')
  and coalesce(c.created_at, timestamp '1970-01-01') < $as_of - to_minutes(cast($grace_minutes as bigint))
  and not exists (
    select 1
    from company_links as l
    where l.shop_system = c.system and l.shop_id = c.record_id
  )
