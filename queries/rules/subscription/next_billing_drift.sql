/* +++
title    = "Shop and Salesforce agree when a subscription is billed next"
question = "Which running subscriptions are billed on another day than Salesforce says?"
severity = "high"
entity   = "subscriptions"
since    = "0.1"
needs    = [
  "shop.subscriptions",
  "shop.subscriptions.next_billing_at",
  "salesforce.subscriptions",
  "salesforce.subscriptions.next_billing_at",
  "salesforce.subscriptions.external_ids",
]
why      = "Reminders go out after the money was taken, and forecasts put revenue into the wrong month."
remedy   = "Send the date of the shop again. Look whether renewals update Salesforce at all, or only the first order does."
false_alarms = "A day of difference that comes from a time zone lies within the tolerance."
fix      = "review"
recheck  = true
optional = true
checked  = """
select count(*)
from subscription_links as l
inner join compared as o on l.shop_system = o.system and o.entity = 'subscriptions'
inner join subscriptions as c on l.shop_system = c.system and l.shop_id = c.record_id
where l.is_primary and c.status = 'active' and c.next_billing_at is not null
"""

[params.grace_minutes]
default = 15
unit    = "minutes"
help    = "Shop records changed later than this may still be on their way."

[params.tolerance_hours]
default = 26
unit    = "hours"
help    = "Dates without a time, and those of another zone, differ by up to a day and two hours."
+++ */
select
  l.shop_system as system,
  l.shop_id as record_id,
  l.salesforce_id,
  c.record_id as label,
  'Subscription ' || c.record_id || ' is billed next on ' || strftime(c.next_billing_at, '%Y-%m-%d') || ' ' || in_system(l.shop_system)
  || case
    when sf.next_billing_at is null then ' and on no day in Salesforce.'
    else ' and on ' || strftime(sf.next_billing_at, '%Y-%m-%d') || ' in Salesforce.'
  end as message,
  [
    diff_field(
      'next_billing_at', strftime(c.next_billing_at, '%Y-%m-%dT%H:%M:%SZ'), strftime(sf.next_billing_at, '%Y-%m-%dT%H:%M:%SZ')
    )
  ] as diff,
  c.amount,
  c.currency,
  c.updated_at as occurred_at,
  case l.certainty when 'certain' then 'certain' else 'likely' end as confidence
from subscription_links as l
inner join compared as o on l.shop_system = o.system and o.entity = 'subscriptions'
inner join subscriptions as c on l.shop_system = c.system and l.shop_id = c.record_id
inner join subscriptions as sf on l.salesforce_system = sf.system and l.salesforce_id = sf.record_id
where
  l.is_primary
  and c.status = 'active'
  and coalesce(sf.status, 'active') = 'active'
  and c.next_billing_at is not null
  and (
    sf.next_billing_at is null
    or sf.next_billing_at > c.next_billing_at + to_hours(cast($tolerance_hours as bigint))
    or sf.next_billing_at < c.next_billing_at - to_hours(cast($tolerance_hours as bigint))
  )
  and coalesce(c.updated_at, timestamp '1970-01-01') < $as_of - to_minutes(cast($grace_minutes as bigint))
