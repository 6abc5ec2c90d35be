/* +++
title    = "Business customers have the same price list in shop and Salesforce"
question = "Which companies buy from another price list in the shop than Salesforce says?"
severity = "medium"
entity   = "companies"
since    = "0.1"
needs    = [
  "shop.companies",
  "shop.companies.price_list",
  "salesforce.companies",
  "salesforce.companies.price_list",
  "salesforce.companies.external_ids|salesforce.companies.name",
]
why      = "Sales quotes prices that the shop does not give, and the shop sells at prices that nobody agreed."
remedy   = "Look which list was agreed, and set it in the system that owns it. Where both mean the same list under other names, map the name in recon.toml."
false_alarms = "Lists that have another name in Salesforce than in the shop; values.price_list of the mapping translates them."
fix      = "review"
recheck  = true
optional = true
checked  = """
select count(*)
from company_links as l
inner join compared as o on l.shop_system = o.system and o.entity = 'companies'
inner join companies as c on l.shop_system = c.system and l.shop_id = c.record_id
where l.is_primary and c.price_list is not null
"""

[params.grace_minutes]
default = 15
unit    = "minutes"
help    = "Shop records changed later than this may still be on their way."
+++ */
select
  l.shop_system as system,
  l.shop_id as record_id,
  l.salesforce_id,
  coalesce(c.name, c.record_id) as label,
  'Company ' || coalesce(c.name, c.record_id) || ' buys from the price list ' || c.price_list || ' ' || in_system(l.shop_system)
  || case when sf.price_list is null then ' and has none in Salesforce.' else ' and has ' || sf.price_list || ' in Salesforce.' end as message,
  [diff_field('price_list', c.price_list, sf.price_list)] as diff,
  c.updated_at as occurred_at,
  case l.certainty when 'certain' then 'certain' else 'likely' end as confidence,
  l.method
from company_links as l
inner join compared as o on l.shop_system = o.system and o.entity = 'companies'
inner join companies as c on l.shop_system = c.system and l.shop_id = c.record_id
inner join companies as sf on l.salesforce_system = sf.system and l.salesforce_id = sf.record_id
where
  l.is_primary
  and c.price_list is not null
  and letters(c.price_list) is distinct from letters(sf.price_list)
  and coalesce(c.updated_at, timestamp '1970-01-01') < $as_of - to_minutes(cast($grace_minutes as bigint))
