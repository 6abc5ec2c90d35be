-- An order as the mapped object holds it. Blank amounts stay unknown; what is no number is counted in coverage.
with
held as (
  select
    m.*,
    coalesce(
      pc.account_id,
      id18(m.role_contact_id),
      id18(m.role_customer_id)
    ) as buyer_id,
    length(m.role_placed_at) = 10 as is_date_only,
    nullif(id18(coalesce(m.role_original_order_id, m.related_order_id)), m.id) as changed_order_id,
    coalesce(id18(m.role_summary_id), su.summary_id) as held_summary_id,
    coalesce(m.life_cycle, su.life_cycle) as held_life_cycle,
    su.total as summary_total
  from mapped.orders as m
  left join mapped.order_summaries as su on m.id = su.order_id
  left join mapped.person_contacts as pc on id18(m.role_contact_id) = pc.contact_id
)

select
  id as record_id,
  object,
  role_number as number,
  number_key(role_number) as number_key,
  external_ids,
  buyer_id as customer_id,
  role_email as email,
  email_key(role_email) as email_key,
  coalesce(
    value_status,
    case lower(role_status)
      when 'draft' then 'open'
      when 'activated' then 'open'
      when 'canceled' then 'cancelled'
      else lower(role_status)
    end
  ) as status,
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
  try_money(role_subtotal) as subtotal,
  abs(try_money(role_discount)) as discount,
  try_money(role_shipping) as shipping,
  try_money(role_tax) as tax,
  try_money(role_duties) as duties,
  try_money(role_tip) as tip,
  try_money(role_gift_card) as gift_card,
  try_money(role_rounding) as rounding,
  try_money(role_total) as total,
  coalesce(try_money(role_current_total), summary_total) as current_total,
  try_money(role_refunded) as refunded,
  try_flag(role_is_test) as is_test,
  held_life_cycle = 'MANAGED' as is_managed,
  role_channel as channel,
  role_store as store,
  role_gateway as gateway,
  role_country as country,
  role_ship_street as ship_street,
  role_ship_city as ship_city,
  role_ship_postal_code as ship_postal_code,
  country_code(role_ship_country) as ship_country,
  role_bill_street as bill_street,
  role_bill_city as bill_city,
  role_bill_postal_code as bill_postal_code,
  country_code(role_bill_country) as bill_country,
  case when not is_date_only then try_utc(role_placed_at) end as placed_at,
  coalesce(try_cast(left(role_placed_date, 10) as date), case when is_date_only then try_cast(role_placed_at as date) end) as placed_date,
  try_utc(role_cancelled_at) as cancelled_at,
  try_utc(role_edited_at) as edited_at,
  created_at,
  updated_at,
  case when is_deleted then coalesce(modstamp, updated_at, seen_at) end as deleted_at,
  try_utc(role_last_synced_at) as last_synced_at,
  created_by,
  changed_order_id as original_order_id,
  case
    when coalesce(held_summary_id, changed_order_id) is not null
      then json_object('original_order_id', changed_order_id, 'summary_id', held_summary_id, 'life_cycle_type', held_life_cycle)
  end as extra,
  seen_at,
  file,
  line
from held
