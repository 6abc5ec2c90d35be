-- Business accounts, or whatever object keeps the companies that buy.
select
  id as record_id,
  role_name as name,
  external_ids,
  role_price_list as price_list,
  try_money(role_credit_limit) as credit_limit,
  upper(coalesce(role_currency, (
    select s.currency from systems as s
    where s.system = getvariable('system')
  ))) as currency,
  coalesce(value_status, lower(role_status)) as status,
  created_at,
  updated_at,
  case when is_deleted then coalesce(modstamp, updated_at, seen_at) end as deleted_at,
  seen_at,
  file,
  line
from mapped.companies
