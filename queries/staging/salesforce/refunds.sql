-- A refund as the integration wrote it.
select
  id as record_id,
  id18(role_order_id) as order_id,
  abs(try_money(role_amount)) as amount,
  try_money(role_tax) as tax,
  upper(coalesce(role_currency, (
    select s.currency from systems as s
    where s.system = getvariable('system')
  ))) as currency,
  without_cards(role_reason) as reason,
  external_ids,
  coalesce(try_utc(role_created_at), created_at) as created_at,
  updated_at,
  case when is_deleted then coalesce(modstamp, updated_at, seen_at) end as deleted_at,
  seen_at,
  file,
  line
from mapped.refunds
