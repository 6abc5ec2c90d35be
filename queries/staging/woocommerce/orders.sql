-- An order. Amounts never contain tax, whatever prices_include_tax says; discounts are already inside line totals; total is gross of refunds.
-- status: what waits for payment or work is open; refunded orders were completed first; failed ones never came about and are drafts. Statuses of plugins
-- say nothing that could be compared, so they stay unknown. A trashed order is deleted, and no longer says which status it had.
select
  o.id as record_id,
  'order' as object,
  o.number,
  number_key(o.number) as number_key,
  coalesce(cast(nullif(o.customer_id, 0) as varchar), 'guest-' || left(sha256(email_key(o.billing.email)), 20)) as customer_id,
  blank(o.billing.email) as email,
  email_key(o.billing.email) as email_key,
  case o.status
    when 'pending' then 'open'
    when 'processing' then 'open'
    when 'on-hold' then 'open'
    when 'completed' then 'completed'
    when 'refunded' then 'completed'
    when 'cancelled' then 'cancelled'
    when 'failed' then 'draft'
    when 'checkout-draft' then 'draft'
    when 'auto-draft' then 'draft'
  end as status,
  case
    when o.status = 'refunded' or (o.refunded >= o.total and o.total > 0) then 'refunded'
    when o.refunded > 0 then 'partially_refunded'
    when o.paid_at is not null then 'paid'
    when o.status in ('failed', 'cancelled') then 'voided'
    when o.status in ('pending', 'on-hold') then 'pending'
  end as payment_status,
  case
    when o.status = 'completed' then 'fulfilled'
    when o.status in ('pending', 'processing', 'on-hold') then 'unfulfilled'
  end as fulfillment_status,
  o.status as raw_status,
  o.currency,
  o.currency as presentment_currency,
  coalesce(o.subtotal, 0) as subtotal,
  coalesce(o.subtotal - o.net_subtotal, 0) as discount,
  o.shipping_total as shipping,
  o.total_tax as tax,
  coalesce(o.fees, 0) as duties,
  cast(0 as decimal(38, 6)) as tip,
  cast(0 as decimal(38, 6)) as rounding,
  o.total,
  o.total - coalesce(o.refunded, 0) as current_total,
  coalesce(o.refunded, 0) as refunded,
  o.total as presentment_total,
  false as tax_included,
  o.customer_id = 0 as is_guest,
  blank(o.created_via) as channel,
  blank(o.payment_method) as gateway,
  coalesce(blank(o.shipping.country), blank(o.billing.country)) as country,
  nullif(concat_ws(', ', blank(o.shipping.address_1), blank(o.shipping.address_2)), '') as ship_street,
  blank(o.shipping.city) as ship_city,
  blank(o.shipping.postcode) as ship_postal_code,
  blank(o.shipping.country) as ship_country,
  nullif(concat_ws(', ', blank(o.billing.address_1), blank(o.billing.address_2)), '') as bill_street,
  blank(o.billing.city) as bill_city,
  blank(o.billing.postcode) as bill_postal_code,
  blank(o.billing.country) as bill_country,
  o.created_at as placed_at,
  o.completed_at as closed_at,
  o.created_at,
  o.updated_at,
  case when o.status = 'trash' then coalesce(o.updated_at, o.seen_at) end as deleted_at,
  json_object('order_key', o.order_key, 'transaction_id', blank(o.transaction_id), 'coupons', o.coupons) as extra,
  o.seen_at,
  o.file,
  o.line
from raw.orders as o
