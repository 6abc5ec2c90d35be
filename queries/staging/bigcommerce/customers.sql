-- A customer with the first address. Guests are no customers here: their orders only bear an e-mail address.
-- Consent lies with the subscribers, joined by address: no subscriber means never asked, one without consents has unsubscribed.
with
subscribers as (
  select
    email_key(s.email) as email_key,
    s.channel_id,
    list_contains(s.consents, 'marketing_newsletter') as is_subscribed,
    s.updated_at
  from raw.subscribers as s
),

consents as (
  select
    c.id,
    arg_max(s.is_subscribed, (coalesce(s.channel_id = c.origin_channel_id, false), s.updated_at)) as is_subscribed,
    max(s.updated_at) as updated_at
  from raw.customers as c
  inner join subscribers as s on email_key(c.email) = s.email_key
  group by c.id
),

known as (
  -- without a single subscriber nobody's consent is known: the list may not have been readable
  select count(*) > 0 as has_subscribers
  from raw.subscribers
),

chosen as (
  select
    *,
    addresses[1] as a
  from raw.customers
)

select
  c.id as record_id,
  'customer' as object,
  blank(c.email) as email,
  email_key(c.email) as email_key,
  email_key_weak(c.email) as email_key_weak,
  coalesce(blank(c.phone), blank(a.phone)) as phone,
  blank(c.first_name) as first_name,
  blank(c.last_name) as last_name,
  name_key(c.first_name, c.last_name) as name_key,
  coalesce(blank(c.company), blank(a.company)) as company,
  blank(a.address1) as address1,
  blank(a.address2) as address2,
  blank(a.city) as city,
  blank(a.state_or_province) as region,
  blank(a.postal_code) as postal_code,
  postal_key(a.postal_code) as postal_key,
  country_code(coalesce(blank(a.country_code), a.country)) as country,
  false as is_guest,
  'enabled' as state,
  case
    when consents.is_subscribed then 'subscribed'
    when not consents.is_subscribed then 'unsubscribed'
    when known.has_subscribers then 'not_subscribed'
  end as email_consent,
  consents.updated_at as consent_at,
  c.created_at,
  c.updated_at,
  c.seen_at,
  c.file,
  c.line
from chosen as c
cross join known
left join consents on c.id = consents.id
