-- An order in the currency that was charged (default_currency_code), tax as the order's own prices have it.
-- subtotal - discount + shipping + tax (where prices are without) + fees = total. Gift certificates and store credit are payments; the
-- vendor does not say whether a store's totals are before or after them, so where an order only adds up after them they stand in rounding.
-- Incomplete (status 0) is a checkout given up at payment: a draft, which is no order. Only ids of statuses are used,
-- since a store may rename them. An edit replaces amounts in place, so is_edited is not known.
with
refunds as (
  select
    order_id,
    sum(list_sum(list_transform(list_filter(payments, lambda p: p.is_declined is not true), lambda p: p.amount))) as amount
  from raw.refunds
  group by order_id
),

tests as (
  select
    order_id,
    bool_or(is_test) as is_test
  from raw.transactions
  group by order_id
),

parts as (
  select
    o.*,
    coalesce(refunds.amount, 0) as refunded,
    coalesce(tests.is_test, false) or o.payment_method = 'Test Payment Gateway' as is_test,
    case when o.tax_included then o.subtotal_inc else o.subtotal_ex end as subtotal,
    case when o.tax_included then o.shipping_inc else o.shipping_ex end as shipping,
    list_sum(list_transform(o.fees, lambda f: money(case when o.tax_included then f.cost_inc_tax else f.cost_ex_tax end))) as fee,
    cast(o.total as decimal(24, 4)) * cast(o.shown_rate as decimal(14, 10)) as shown,
    channels.name as channel_name
  from raw.orders as o
  left join refunds on o.id = refunds.order_id
  left join tests on o.id = tests.order_id
  left join raw.channels as channels on o.channel_id = channels.id
),

computed as (
  select
    *,
    coalesce(subtotal, 0)
    - coalesce(discount, 0)
    + coalesce(shipping, 0)
    + case when tax_included then 0 else coalesce(tax, 0) end
    + coalesce(fee, 0)
    - total as too_much,
    coalesce(gift_certificate, 0) + coalesce(store_credit, 0) as credit
  from parts
)

select
  id as record_id,
  'order' as object,
  id as number,
  number_key(id) as number_key,
  case
    when coalesce(external_order_id, external_id, external_merchant_id) is not null
      then
        map_from_entries(
          list_filter(
            [
              struct_pack(k := 'order_id', v := external_order_id),
              struct_pack(k := 'source_id', v := external_id),
              struct_pack(k := 'merchant_id', v := external_merchant_id)
            ],
            lambda e: e.v is not null
          )
        )
  end as external_ids,
  customer_id,
  blank(email) as email,
  email_key(email) as email_key,
  case
    when status_id in (5, 6) then 'cancelled'
    when status_id in (2, 4, 10) then 'completed'
    when status_id = 14 and items_shipped >= items_total then 'completed'
    when status_id = 0 then 'draft'
    when status_id between 1 and 14 then 'open'
  end as status,
  case lower(payment_status)
    when 'authorized' then 'authorized'
    when 'capture pending' then 'authorized'
    when 'void pending' then 'authorized'
    when 'captured' then 'paid'
    when 'paid' then 'paid'
    when 'partially refunded' then 'partially_refunded'
    when 'refunded' then 'refunded'
    when 'void' then 'voided'
    when 'declined' then 'voided'
    when 'pending' then 'pending'
    when 'held for review' then 'pending'
  end as payment_status,
  case
    when items_total is null or items_total = 0 then null
    when items_shipped >= items_total then 'fulfilled'
    when items_shipped > 0 then 'partial'
    else 'unfulfilled'
  end as fulfillment_status,
  cast(status_id as varchar) || ' ' || status as raw_status,
  blank(payment_status) as raw_payment_status,
  currency,
  coalesce(shown_currency, currency) as presentment_currency,
  subtotal,
  discount,
  shipping,
  tax,
  coalesce(fee, 0) as duties,
  cast(0 as decimal(38, 6)) as tip,
  gift_certificate as gift_card,
  case
    when credit <> 0 and abs(too_much) > minor_unit(currency) and abs(too_much - credit) <= minor_unit(currency) then -credit
    else cast(0 as decimal(38, 6))
  end as rounding,
  total,
  total - refunded as current_total,
  refunded,
  -- what is being captured or voided is no promise any more
  case lower(payment_status)
    when 'authorized' then greatest(total - refunded, 0)
    else case when blank(payment_status) is not null then cast(0 as decimal(38, 6)) end
  end as authorized,
  -- what the shopper saw is not kept: the vendor's own rate gives it
  case
    when shown_currency is null or shown_currency = currency then total
    when minor_digits(shown_currency) = 0 then cast(round(shown, 0) as decimal(38, 6))
    when minor_digits(shown_currency) = 3 then cast(round(shown, 3) as decimal(38, 6))
    else cast(round(shown, 2) as decimal(38, 6))
  end as presentment_total,
  tax_included,
  is_test,
  customer_id is null as is_guest,
  coalesce(channel_name, blank(order_source)) as channel,
  channel_id as store,
  blank(payment_method) as gateway,
  country,
  ship_street,
  ship_city,
  ship_postal_code,
  ship_country,
  bill_street,
  bill_city,
  bill_postal_code,
  bill_country,
  created_at as placed_at,
  created_at,
  updated_at,
  case when is_deleted then updated_at end as deleted_at,
  coalesce(external_source, blank(order_source)) as created_by,
  case
    when coalesce(store_credit, 0) <> 0 or external_source is not null
      then json_object('store_credit', store_credit, 'external_source', external_source)
  end as extra,
  seen_at,
  file,
  line
from computed
