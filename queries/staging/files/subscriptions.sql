-- A subscription or standing order.
select
  id as record_id,
  external_ids_of(role_external_id) as external_ids,
  role_customer_id as customer_id,
  coalesce(value_status, subscription_status(role_status)) as status,
  role_status as raw_status,
  utc(role_next_billing_at) as next_billing_at,
  role_interval as interval,
  money(role_amount) as amount,
  upper(coalesce(role_currency, (
    select s.currency from systems as s
    where s.system = getvariable('system')
  ))) as currency,
  created_at,
  updated_at,
  coalesce(utc(role_deleted_at), case when is_deleted then coalesce(updated_at, seen_at) end) as deleted_at,
  seen_at,
  file,
  line
from mapped.subscriptions
