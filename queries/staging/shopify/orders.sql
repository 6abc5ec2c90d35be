-- An order as placed and as it is now, in shop money.
-- subtotal is goods before every discount, so that total = subtotal - discount + shipping + tax + duties + tip.
-- Cash rounding changes what is received, not the total (vendor: CashRoundingAdjustment), so rounding stays 0 and the amount lies in extra.
with
children as (
  select
    parent_id,
    sum(allocated_discount) as discount,
    sum(shipping_discounted) filter (where is_removed is not true) as shipping,
    sum(shipping_original - shipping_discounted) filter (where is_removed is not true) as shipping_discount
  from raw.orders
  where parent_id is not null
  group by parent_id
),

gone as (
  select
    subject_gid,
    min(updated_at) as deleted_at
  from raw.deletions
  where subject_type = 'ORDER'
  group by subject_gid
),

money as (
  select
    id,
    list_filter(transactions, lambda t: t.kind in ('AUTHORIZATION', 'EMV_AUTHORIZATION') and t.status = 'SUCCESS') as promised,
    list_filter(transactions, lambda t: t.kind = 'VOID' and t.status = 'SUCCESS') as given_up,
    -- what is under way to the shop is as good as taken
    list_filter(transactions, lambda t: t.kind in ('SALE', 'CAPTURE') and t.status in ('SUCCESS', 'PENDING', 'AWAITING_RESPONSE')) as taken
  from raw.orders
  where parent_id is null and list_contains(list_transform(transactions, lambda t: right(t.kind, 13)), 'AUTHORIZATION')
),

promises as (
  select
    id,
    coalesce(
      list_sum(
        list_transform(
          -- a void that names no authorisation is that of all
          list_filter(promised, lambda a: len(list_filter(given_up, lambda v: coalesce(v.parenttransaction.id, a.id) = a.id)) = 0),
          lambda a: a.amountset.shopmoney.amount
        )
      ),
      0
    ) as promised,
    coalesce(list_sum(list_transform(list_filter(taken, lambda c: c.kind = 'CAPTURE'), lambda c: c.amountset.shopmoney.amount)), 0) as captured,
    coalesce(list_sum(list_transform(taken, lambda c: c.amountset.shopmoney.amount)), 0) as taken
  from money
),

parts as (
  select
    o.*,
    gone.deleted_at,
    greatest(least(promises.promised - promises.captured, o.current_total - promises.taken), 0) as authorized,
    coalesce(nullif(children.discount, 0), greatest(o.total_discounts - coalesce(children.shipping_discount, 0), 0)) as goods_discount,
    coalesce(children.shipping, o.total_shipping) as shipping
  from raw.orders as o
  left join children on o.id = children.parent_id
  left join gone on o.id = gone.subject_gid
  left join promises on o.id = promises.id
  where o.parent_id is null
)

select
  gid_tail(parts.id) as record_id,
  'order' as object,
  parts.name as number,
  number_key(parts.name) as number_key,
  gid_tail(parts.customer_gid) as customer_id,
  blank(email) as email,
  email_key(email) as email_key,
  case
    when parts.cancelled_at is not null then 'cancelled'
    when parts.closed_at is not null then 'completed'
    else 'open'
  end as status,
  lower(parts.financial_status) as payment_status,
  case fulfillment_status
    when 'FULFILLED' then 'fulfilled'
    when 'PARTIALLY_FULFILLED' then 'partial'
    when 'ON_HOLD' then 'on_hold'
    when 'RESTOCKED' then 'restocked'
    else case when fulfillment_status is not null then 'unfulfilled' end
  end as fulfillment_status,
  parts.financial_status as raw_payment_status,
  fulfillment_status as raw_fulfillment_status,
  parts.currency,
  parts.presentment_currency,
  parts.net_subtotal + coalesce(parts.goods_discount, 0) as subtotal,
  parts.goods_discount as discount,
  parts.shipping,
  parts.total_tax as tax,
  case when parts.duties_included then 0 else coalesce(duties, 0) end + coalesce(parts.fees, 0) as duties,
  coalesce(tip, 0) as tip,
  list_sum(
    list_transform(
      list_filter(parts.transactions, lambda t: t.gateway = 'gift_card' and t.status = 'SUCCESS' and t.kind in ('SALE', 'CAPTURE')),
      lambda t: t.amountset.shopmoney.amount
    )
  ) as gift_card,
  cast(0 as decimal(38, 6)) as rounding,
  parts.total,
  parts.current_total,
  parts.refunded,
  coalesce(parts.authorized, 0) as authorized,
  parts.presentment_total,
  parts.taxes_included as tax_included,
  parts.is_test,
  parts.customer_gid is null as is_guest,
  parts.is_edited,
  parts.source_name as channel,
  parts.transactions[1].gateway as gateway,
  parts.country,
  parts.ship_street,
  parts.ship_city,
  parts.ship_postal_code,
  parts.ship_country,
  parts.bill_street,
  parts.bill_city,
  parts.bill_postal_code,
  parts.bill_country,
  coalesce(parts.processed_at, parts.created_at) as placed_at,
  parts.cancelled_at,
  parts.closed_at,
  parts.created_at,
  parts.updated_at,
  parts.deleted_at,
  parts.app_name as created_by,
  case
    when parts.cancel_reason is not null or len(parts.tags) > 0 or coalesce(parts.cash_rounding, 0) <> 0 or parts.return_status <> 'NO_RETURN'
      then
        json_object(
          'cancel_reason', parts.cancel_reason,
          'return_status', parts.return_status,
          'tags', parts.tags,
          'cash_rounding', parts.cash_rounding
        )
  end as extra,
  parts.seen_at,
  parts.file,
  parts.line
from parts
