/* +++
title    = "Salesforce knows who may be written to"
question = "Which customers opted out in the shop while Salesforce may still mail or text them, or the reverse?"
severity = "critical"
entity   = "customers"
since    = "0.1"
needs    = ["shop.customers", "salesforce.customers", "salesforce.customers.email_consent|salesforce.customers.sms_consent"]
why      = "Writing to somebody who opted out is against the law in most markets and is fined per message; the reverse loses reach."
remedy   = "Set the opt-out in Salesforce at once for the critical ones. Then find out why the change of consent did not arrive."
false_alarms = "Opt-outs that Salesforce keeps in another object, such as a preference centre that recon.toml does not map."
fix      = "safe"
recheck  = true
checked  = """
select count(*)
from customer_links as l
inner join compared as o on l.shop_system = o.system and o.entity = 'customers'
inner join customers as c on l.shop_system = c.system and l.shop_id = c.record_id
inner join customers as sf on l.salesforce_system = sf.system and l.salesforce_id = sf.record_id
where l.is_primary
  and ((c.email_consent is not null and sf.email_consent is not null) or (c.sms_consent is not null and sf.sms_consent is not null))
"""

[params.grace_minutes]
default = 15
unit    = "minutes"
help    = "Shop records changed later than this may still be on their way."
+++ */
with drifted as (
  select
    l.shop_system,
    l.shop_id,
    l.salesforce_id,
    c.email,
    c.phone,
    c.consent_at,
    c.email_consent,
    c.sms_consent,
    sf.email_consent as sf_email_consent,
    sf.sms_consent as sf_sms_consent,
    coalesce(c.email_consent = 'unsubscribed' and sf.email_consent <> 'unsubscribed', false) as may_mail,
    coalesce(c.sms_consent = 'unsubscribed' and sf.sms_consent <> 'unsubscribed', false) as may_text,
    coalesce(c.email_consent = 'subscribed' and sf.email_consent = 'unsubscribed', false) as lost_mail,
    coalesce(c.sms_consent = 'subscribed' and sf.sms_consent = 'unsubscribed', false) as lost_text
  from customer_links as l
  inner join compared as o on l.shop_system = o.system and o.entity = 'customers'
  inner join customers as c on l.shop_system = c.system and l.shop_id = c.record_id
  inner join customers as sf on l.salesforce_system = sf.system and l.salesforce_id = sf.record_id
  where
    l.is_primary
    and (c.email_consent is distinct from sf.email_consent or c.sms_consent is distinct from sf.sms_consent)
    and coalesce(c.state, '') not in ('redacted', 'merged')
    and coalesce(c.updated_at, timestamp '1970-01-01') < $as_of - to_minutes(cast($grace_minutes as bigint))
)

select
  d.shop_system as system,
  d.shop_id as record_id,
  d.salesforce_id,
  coalesce(d.email, d.phone, d.shop_id) as label,
  case when not (d.may_mail or d.may_text) then 'low' end as severity,
  'Customer ' || coalesce(d.email, d.phone, d.shop_id)
  || case
    when d.may_mail and d.may_text then ' opted out of e-mail and text messages '
    when d.may_mail then ' opted out of e-mail '
    when d.may_text then ' opted out of text messages '
    when d.lost_mail and d.lost_text then ' wants e-mail and text messages '
    when d.lost_mail then ' wants e-mail '
    else ' wants text messages '
  end
  || in_system(d.shop_system)
  || case when d.may_mail or d.may_text then ', but not in Salesforce.' else ', but is opted out in Salesforce.' end as message,
  diff_of([
    case when d.may_mail or d.lost_mail then diff_field('email_consent', d.email_consent, d.sf_email_consent) end,
    case when d.may_text or d.lost_text then diff_field('sms_consent', d.sms_consent, d.sf_sms_consent) end
  ]) as diff,
  d.consent_at as occurred_at
from drifted as d
where
  d.may_mail
  or d.may_text
  or d.lost_mail
  or d.lost_text
