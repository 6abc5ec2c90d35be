-- A customer with the default address. Guests have no row of their own in Shopify: is_guest is false for everybody here.
with
addresses as (
  select
    *,
    row_number() over (partition by parent_id order by length(id), id) as nth
  from raw.customers
  where parent_id is not null
),

chosen as (
  select a.*
  from addresses as a
  inner join raw.customers as c on a.parent_id = c.id and c.parent_id is null
  where a.id = c.address_gid or (c.address_gid is null and a.nth = 1)
),

gone as (
  select
    subject_gid,
    min(updated_at) as deleted_at
  from raw.deletions
  where subject_type = 'CUSTOMER'
  group by subject_gid
)

select
  gid_tail(c.id) as record_id,
  'customer' as object,
  blank(c.email) as email,
  email_key(c.email) as email_key,
  email_key_weak(c.email) as email_key_weak,
  blank(c.phone) as phone,
  blank(c.first_name) as first_name,
  blank(c.last_name) as last_name,
  name_key(c.first_name, c.last_name) as name_key,
  blank(coalesce(a.company, c.company)) as company,
  blank(coalesce(a.address1, c.address1)) as address1,
  blank(coalesce(a.address2, c.address2)) as address2,
  blank(coalesce(a.city, c.city)) as city,
  blank(coalesce(a.region, c.region)) as region,
  blank(coalesce(a.postal_code, c.postal_code)) as postal_code,
  postal_key(coalesce(a.postal_code, c.postal_code)) as postal_key,
  blank(coalesce(a.country, c.country)) as country,
  false as is_guest,
  case when c.email_state = 'REDACTED' or c.sms_state = 'REDACTED' then 'redacted' else lower(c.state) end as state,
  case when c.email_state not in ('REDACTED', 'INVALID') then lower(c.email_state) end as email_consent,
  case when c.sms_state <> 'REDACTED' then lower(c.sms_state) end as sms_consent,
  greatest(c.email_state_at, c.sms_state_at) as consent_at,
  c.orders_count,
  c.total_spent,
  c.currency,
  c.tags,
  c.created_at,
  c.updated_at,
  gone.deleted_at,
  c.seen_at,
  c.file,
  c.line
from raw.customers as c
left join chosen as a on c.id = a.parent_id
left join gone on c.id = gone.subject_gid
where c.parent_id is null
