-- A refund or credit note; unless the source says otherwise, its money moved.
select
  id as record_id,
  role_order_id as order_id,
  abs(money(role_amount)) as amount,
  abs(money(role_tax)) as tax,
  upper(coalesce(role_currency, (
    select s.currency from systems as s
    where s.system = getvariable('system')
  ))) as currency,
  coalesce(try_flag(role_money_moved), role_amount is not null) as money_moved,
  without_cards(role_reason) as reason,
  external_ids_of(role_external_id) as external_ids,
  created_at,
  updated_at,
  coalesce(utc(role_deleted_at), case when is_deleted then coalesce(updated_at, seen_at) end) as deleted_at,
  seen_at,
  file,
  line
from mapped.refunds
