-- An order as the mapped columns hold it; what was no number or time was refused when the source was read.
select
  id as record_id,
  object,
  role_number as number,
  number_key(role_number) as number_key,
  external_ids_of(role_external_id) as external_ids,
  role_customer_id as customer_id,
  role_email as email,
  email_key(role_email) as email_key,
  case
    when role_cancelled_at is not null then 'cancelled'
    else coalesce(
      value_status,
      case lower(role_status)
        when 'canceled' then 'cancelled'
        else replace(lower(role_status), ' ', '_')
      end
    )
  end as status,
  coalesce(value_payment_status, replace(lower(role_payment_status), ' ', '_')) as payment_status,
  coalesce(value_fulfillment_status, replace(lower(role_fulfillment_status), ' ', '_')) as fulfillment_status,
  role_status as raw_status,
  role_payment_status as raw_payment_status,
  role_fulfillment_status as raw_fulfillment_status,
  upper(coalesce(role_currency, (
    select s.currency from systems as s
    where s.system = getvariable('system')
  ))) as currency,
  upper(role_presentment_currency) as presentment_currency,
  money(role_subtotal) as subtotal,
  abs(money(role_discount)) as discount,
  money(role_shipping) as shipping,
  money(role_tax) as tax,
  money(role_duties) as duties,
  money(role_tip) as tip,
  money(role_gift_card) as gift_card,
  money(role_rounding) as rounding,
  money(role_total) as total,
  money(role_current_total) as current_total,
  abs(money(role_refunded)) as refunded,
  money(role_authorized) as authorized,
  money(role_presentment_total) as presentment_total,
  coalesce(try_flag(role_tax_included), (
    select s.tax_included from systems as s
    where s.system = getvariable('system')
  )) as tax_included,
  try_flag(role_is_test) as is_test,
  try_flag(role_is_guest) as is_guest,
  try_flag(role_is_edited) as is_edited,
  role_channel as channel,
  role_store as store,
  role_gateway as gateway,
  country_code(role_country) as country,
  role_ship_street as ship_street,
  role_ship_city as ship_city,
  role_ship_postal_code as ship_postal_code,
  country_code(role_ship_country) as ship_country,
  role_bill_street as bill_street,
  role_bill_city as bill_city,
  role_bill_postal_code as bill_postal_code,
  country_code(role_bill_country) as bill_country,
  case when length(role_placed_at) > 10 then utc(role_placed_at) when role_placed_at is null and role_placed_date is null then created_at end as placed_at,
  cast(coalesce(role_placed_date, case when length(role_placed_at) = 10 then role_placed_at end) as date) as placed_date,
  utc(role_cancelled_at) as cancelled_at,
  utc(role_closed_at) as closed_at,
  utc(role_edited_at) as edited_at,
  coalesce(created_at, case when length(role_placed_at) > 10 then utc(role_placed_at) end) as created_at,
  updated_at,
  coalesce(utc(role_deleted_at), case when is_deleted then coalesce(updated_at, seen_at) end) as deleted_at,
  utc(role_last_synced_at) as last_synced_at,
  role_created_by as created_by,
  role_original_order_id as original_order_id,
  seen_at,
  file,
  line
from mapped.orders
