-- A payment transaction. Where its kind is not said, an amount below zero went back to the buyer; where its status is not, it went through.
select
  id as record_id,
  role_order_id as order_id,
  coalesce(lower(role_kind), case when money(role_amount) < 0 then 'refund' when role_amount is not null then 'sale' end) as kind,
  coalesce(value_status, lower(role_status), case when role_amount is not null then 'success' end) as status,
  role_gateway as gateway,
  abs(money(role_amount)) as amount,
  upper(coalesce(role_currency, (
    select s.currency from systems as s
    where s.system = getvariable('system')
  ))) as currency,
  try_flag(role_is_test) as is_test,
  role_parent_id as parent_id,
  utc(role_processed_at) as processed_at,
  utc(role_expires_at) as expires_at,
  seen_at,
  file,
  line
from mapped.payments
where not is_deleted
