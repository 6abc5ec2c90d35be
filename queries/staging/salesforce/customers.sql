-- Contacts, person accounts and accounts. The loser of a merge is deleted and names its survivor.
select
  id as record_id,
  coalesce(nullif(kind, ''), lower(object)) as object,
  external_ids,
  role_store as store,
  role_email as email,
  email_key(role_email) as email_key,
  email_key_weak(role_email) as email_key_weak,
  role_phone as phone,
  role_first_name as first_name,
  role_last_name as last_name,
  name_key(role_first_name, role_last_name) as name_key,
  try_cast(left(trim(role_birth_date), 10) as date) as birth_date,
  role_company as company,
  role_address1 as address1,
  role_address2 as address2,
  role_city as city,
  role_region as region,
  role_postal_code as postal_code,
  postal_key(role_postal_code) as postal_key,
  country_code(role_country) as country,
  false as is_guest,
  case when coalesce(master_id, role_merged_into) is not null then 'merged' else 'enabled' end as state,
  coalesce(master_id, id18(role_merged_into)) as merged_into,
  id18(role_account_id) as account_id,
  coalesce(
    consent_word(role_email_consent),
    case try_flag(role_email_opt_out)
      when true then 'unsubscribed'
      when false then 'subscribed'
    end
  ) as email_consent,
  consent_word(role_sms_consent) as sms_consent,
  try_utc(role_consent_at) as consent_at,
  try_cast(try_quantity(role_orders_count) as bigint) as orders_count,
  try_money(role_total_spent) as total_spent,
  upper(coalesce(role_currency, (
    select s.currency from systems as s
    where s.system = getvariable('system')
  ))) as currency,
  created_at,
  updated_at,
  case when is_deleted then coalesce(modstamp, updated_at, seen_at) end as deleted_at,
  seen_at,
  file,
  line
from mapped.customers
