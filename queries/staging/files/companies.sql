-- A company that buys, with its price list and credit.
select
  id as record_id,
  role_name as name,
  external_ids_of(role_external_id) as external_ids,
  role_price_list as price_list,
  money(role_credit_limit) as credit_limit,
  upper(coalesce(role_currency, (
    select s.currency from systems as s
    where s.system = getvariable('system')
  ))) as currency,
  coalesce(value_status, lower(role_status)) as status,
  created_at,
  updated_at,
  coalesce(utc(role_deleted_at), case when is_deleted then coalesce(updated_at, seen_at) end) as deleted_at,
  seen_at,
  file,
  line
from mapped.companies
