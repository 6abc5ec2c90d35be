/* +++
title    = "Subscriptions have the same status in shop and Salesforce"
question = "Which subscriptions run in one system and do not in the other?"
severity = "high"
entity   = "subscriptions"
since    = "0.1"
needs    = [
  "shop.subscriptions",
  "shop.subscriptions.status",
  "salesforce.subscriptions",
  "salesforce.subscriptions.status",
  "salesforce.subscriptions.external_ids",
]
why      = "Somebody who cancelled is still served and counted, or somebody who pays is refused."
remedy   = "Find out why the last change of status did not arrive, and send it again. Where the words differ on purpose, map them in recon.toml."
false_alarms = "A status of Salesforce that recon.toml maps to the wrong canonical value. One that runs until the end of what was paid counts as active too."
fix      = "review"
recheck  = true
optional = true
checked  = """
select count(*)
from subscription_links as l
inner join compared as o on l.shop_system = o.system and o.entity = 'subscriptions'
inner join subscriptions as c on l.shop_system = c.system and l.shop_id = c.record_id
inner join subscriptions as sf on l.salesforce_system = sf.system and l.salesforce_id = sf.record_id
where l.is_primary and c.status is not null and sf.status is not null
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
  c.record_id as label,
  'Subscription ' || c.record_id || ' is ' || c.status || ' ' || in_system(l.shop_system) || ' and ' || sf.status || ' in Salesforce.' as message,
  [diff_field('status', c.status, sf.status)] as diff,
  c.amount,
  c.currency,
  c.updated_at as occurred_at,
  case l.certainty when 'certain' then 'certain' else 'likely' end as confidence,
  c.raw_status as shop_status,
  sf.raw_status as salesforce_status
from subscription_links as l
inner join compared as o on l.shop_system = o.system and o.entity = 'subscriptions'
inner join subscriptions as c on l.shop_system = c.system and l.shop_id = c.record_id
inner join subscriptions as sf on l.salesforce_system = sf.system and l.salesforce_id = sf.record_id
where
  l.is_primary
  and c.status <> sf.status
  and not (c.status in ('active', 'cancelling') and sf.status in ('active', 'cancelling'))
  and not (c.status in ('cancelled', 'expired') and sf.status in ('cancelled', 'expired'))
  and coalesce(c.updated_at, timestamp '1970-01-01') < $as_of - to_minutes(cast($grace_minutes as bigint))
