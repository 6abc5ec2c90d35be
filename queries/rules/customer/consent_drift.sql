/* +++
title    = "Salesforce knows who may be written to"
question = "Which customers opted out in the shop while Salesforce may still mail or text them, or the reverse?"
severity = "critical"
entity   = "customers"
since    = "0.1"
needs    = [
  "shop.customers",
  "shop.customers.email_consent|shop.customers.sms_consent",
  "salesforce.customers",
  "salesforce.customers.email_consent|salesforce.customers.sms_consent",
]
why      = "Writing to somebody who opted out is against the law in most markets and is fined per message; the reverse loses reach."
remedy   = "Set the opt-out in Salesforce at once for the critical ones. Then find out why the change of consent did not arrive."
false_alarms = "Opt-outs that Salesforce keeps in another object, such as a preference centre that recon.toml does not map."
fix      = "safe"
recheck  = true
checked  = """
select count(*)
from customer_pairs as p
where (p.shop_email_consent is not null and p.salesforce_email_consent is not null)
  or (p.shop_sms_consent is not null and p.salesforce_sms_consent is not null)
"""

[params.grace_minutes]
default = 15
unit    = "minutes"
help    = "Shop records changed later than this may still be on their way."
+++ */
with apart as (
  select
    p.shop_system,
    p.shop_id,
    p.salesforce_id,
    p.shop_email_consent as email_consent,
    p.shop_sms_consent as sms_consent,
    p.salesforce_email_consent as sf_email_consent,
    p.salesforce_sms_consent as sf_sms_consent,
    coalesce(p.shop_email_consent = 'unsubscribed' and p.salesforce_email_consent <> 'unsubscribed', false) as may_mail,
    coalesce(p.shop_sms_consent = 'unsubscribed' and p.salesforce_sms_consent <> 'unsubscribed', false) as may_text,
    coalesce(p.shop_email_consent = 'subscribed' and p.salesforce_email_consent = 'unsubscribed', false) as lost_mail,
    coalesce(p.shop_sms_consent = 'subscribed' and p.salesforce_sms_consent = 'unsubscribed', false) as lost_text
  from customer_pairs as p
  where
    (p.shop_email_consent <> p.salesforce_email_consent or p.shop_sms_consent <> p.salesforce_sms_consent)
    and coalesce(p.shop_state, '') not in ('redacted', 'merged')
    and coalesce(p.shop_updated_at, timestamp '1970-01-01') < $as_of - to_minutes(cast($grace_minutes as bigint))
),

drifted as (
  select
    a.*,
    c.email,
    c.phone,
    c.consent_at
  from apart as a
  inner join customers as c on a.shop_system = c.system and a.shop_id = c.record_id
  where
    a.may_mail
    or a.may_text
    or a.lost_mail
    or a.lost_text
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
