/* +++
title    = "Statuses of returns agree between shop and Salesforce"
question = "Which returns have another status in Salesforce than in the shop?"
severity = "medium"
entity   = "returns"
since    = "0.1"
needs    = ["shop.orders", "shop.returns", "salesforce.orders", "salesforce.returns", "salesforce.returns.status"]
why      = "An open return in Salesforce keeps people busy with what is long done; a closed one hides goods that are still expected."
remedy   = "Find out why the last change of the return did not arrive, and send it again. Where the words differ on purpose, map them in recon.toml."
false_alarms = "A status value of Salesforce that recon.toml maps to the wrong canonical value."
fix      = "review"
recheck  = true
optional = true
checked  = """
select count(*)
from return_pairs as p
where p.shop_status is not null and p.salesforce_status in ('requested', 'open', 'closed', 'declined', 'cancelled')
  and coalesce(p.shop_changed_at, timestamp '1970-01-01') < $as_of - to_minutes(cast($grace_minutes as bigint))
"""

[params.grace_minutes]
default = 15
unit    = "minutes"
help    = "Shop records changed later than this may still be on their way."
+++ */
select
  p.shop_system as system,
  p.shop_id as record_id,
  p.salesforce_id,
  coalesce(p.number, p.shop_order_id) as label,
  'A return of order ' || coalesce(p.number, p.shop_order_id) || ' is ' || p.shop_status || ' ' || in_system(p.shop_system) || ' and '
  || p.salesforce_status || ' in Salesforce.' as message,
  [diff_field('status', p.shop_status, p.salesforce_status)] as diff,
  p.shop_changed_at as occurred_at,
  case p.method when 'position' then 'likely' else 'certain' end as confidence,
  p.shop_order_id as order_id,
  p.method
from return_pairs as p
where
  p.shop_status <> p.salesforce_status
  and p.salesforce_status in ('requested', 'open', 'closed', 'declined', 'cancelled')
  and coalesce(p.shop_changed_at, timestamp '1970-01-01') < $as_of - to_minutes(cast($grace_minutes as bigint))
