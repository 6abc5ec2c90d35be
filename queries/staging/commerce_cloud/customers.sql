-- A registered customer with the preferred address. Guests are no customers here: their orders only bear an e-mail address.
-- Consent is no part of the platform's customer. A number that two lists have given gets its list before it.
with
chosen as (
  select
    *,
    coalesce(list_filter(addresses, lambda a: a."@preferred" = 'true')[1], addresses[1]) as a,
    count(*) over (partition by customer_no) > 1 as is_shared_number
  from raw.customers_xml
)

select
  case when is_shared_number and list_id is not null then id else customer_no end as record_id,
  'customer' as object,
  blank(email) as email,
  email_key(email) as email_key,
  email_key_weak(email) as email_key_weak,
  coalesce(phone, blank(a.phone)) as phone,
  blank(first_name) as first_name,
  blank(last_name) as last_name,
  name_key(first_name, last_name) as name_key,
  coalesce(blank(company), blank(a."company-name")) as company,
  blank(a.address1) as address1,
  blank(a.address2) as address2,
  blank(a.city) as city,
  blank(a."state-code") as region,
  blank(a."postal-code") as postal_code,
  postal_key(a."postal-code") as postal_key,
  country_code(a."country-code") as country,
  false as is_guest,
  case when is_enabled is false then 'disabled' else 'enabled' end as state,
  created_at,
  deleted_at,
  json_object('customer_list', list_id) as extra,
  seen_at,
  file,
  line
from chosen
