/* +++
what   = "Writes an opt-out of the shop at once; an opt-in is for a person to look at."
safety = "review"
+++ */
-- Only what the finding names: a customer may have opted out of one channel and into the other.
with channels as (
  select
    f.finding_id,
    f.system,
    f.record_id,
    f.salesforce_id,
    d.field.field as channel,
    d.field.shop as consent
  from findings as f, unnest(f.diff) as d (field)
)

select
  c.finding_id,
  'customers' as entity,
  c.salesforce_id,
  c.system,
  c.record_id,
  c.channel as role,
  c.consent as value,
  case when c.consent = 'unsubscribed' then 'safe' end as safety
from channels as c
union all
select
  c.finding_id,
  'customers' as entity,
  c.salesforce_id,
  c.system,
  c.record_id,
  'email_opt_out' as role,
  cast(c.consent = 'unsubscribed' as varchar) as value,
  case when c.consent = 'unsubscribed' then 'safe' end as safety
from channels as c
where c.channel = 'email_consent'
