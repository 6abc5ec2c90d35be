-- A customer of one website, with the default address. Where accounts are kept per website one person has several, and that is no fault.
-- Not subscribed may mean never asked: the shop does not tell the two apart.
with
chosen as (
  select
    c.*,
    coalesce(
      list_filter(c.addresses, lambda a: a.default_billing or cast(a.id as varchar) = c.default_billing)[1],
      list_filter(c.addresses, lambda a: a.default_shipping or cast(a.id as varchar) = c.default_shipping)[1],
      c.addresses[1]
    ) as a
  from raw.customers as c
)

select
  c.id as record_id,
  'customer' as object,
  blank(c.email) as email,
  email_key(c.email) as email_key,
  email_key_weak(c.email) as email_key_weak,
  blank(c.a.telephone) as phone,
  blank(c.first_name) as first_name,
  blank(c.last_name) as last_name,
  name_key(c.first_name, c.last_name) as name_key,
  blank(c.a.company) as company,
  blank(c.a.street[1]) as address1,
  blank(c.a.street[2]) as address2,
  blank(c.a.city) as city,
  blank(coalesce(c.a.region.region_code, c.a.region.region)) as region,
  blank(c.a.postcode) as postal_code,
  postal_key(c.a.postcode) as postal_key,
  blank(c.a.country_id) as country,
  false as is_guest,
  case when blank(c.confirmation) is not null then 'invited' else 'enabled' end as state,
  case c.is_subscribed
    when true then 'subscribed'
    when false then 'not_subscribed'
  end as email_consent,
  c.created_at,
  c.updated_at,
  json_object('website_id', c.website_id, 'store_id', c.store_id, 'group_id', c.group_id, 'company_id', nullif(c.company_id, 0)) as extra,
  c.seen_at,
  c.file,
  c.line
from chosen as c
