-- A line of a refund or credit note; accountants write them below zero.
select
  id as record_id,
  role_refund_id as refund_id,
  role_line_id as line_id,
  abs(cast(role_quantity as decimal(18, 4))) as quantity,
  abs(money(role_amount)) as amount,
  abs(money(role_tax)) as tax,
  upper(coalesce(role_currency, (
    select s.currency from systems as s
    where s.system = getvariable('system')
  ))) as currency,
  lower(role_restock_type) as restock_type,
  seen_at,
  file,
  line
from mapped.refund_lines
where not is_deleted
