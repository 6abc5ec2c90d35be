-- An order as placed. Net or gross is said by the order itself: by its taxation amounts of goods and shipping hold their tax or do not.
-- subtotal - discount + shipping + tax (where amounts are net) = total, by the vendor: merchandise and shipping after all adjustments, and
-- sold gift certificates, make the total. Goods before adjustments come from the lines, after them from the order's own total.
-- created and failed are checkouts that never became orders, and drafts here. open is what the admin makes of new. A replaced order is cancelled: another
-- one took its place. Money given back is kept elsewhere, so refunded and current_total are not known.
-- Numbers are unique within an instance as it is set up; where two sites have given the same one, the site stands before it, and so it
-- does for a checkout whose number an order got.
with
both_sources as (
  select * from raw.orders
  union all by name
  select * from raw.orders_xml
),

sums as (
  select
    b.*,
    list_sum(
      list_transform(
        list_filter(b.lines, lambda l: l.kind <> 'bundled' or coalesce(l.gross, l.net, 0) <> 0),
        lambda l: coalesce(case when b.is_gross then l.gross else l.net end, cast(l.base * l.quantity as decimal(38, 6)), 0)
      )
    ) as before_adjustments,
    coalesce(
      list_sum(
        list_transform(list_filter(b.lines, lambda l: l.kind = 'gift_certificate'), lambda l: case when b.is_gross then l.gross else l.net end)
      ),
      0
    ) as sold_gifts,
    list_sum(list_transform(list_filter(b.payments, lambda p: p.method = 'GIFT_CERTIFICATE'), lambda p: p.amount)) as paid_by_gift,
    -- the Admin API does not say whether money was only authorised; where files say it, they do so of each payment
    list_sum(
      list_transform(
        list_filter(b.payments, lambda p: p.kind is not null),
        lambda p: case when upper(p.kind) = 'AUTH' then p.amount else 0 end
      )
    ) as promised,
    coalesce(list_sum(list_transform(list_filter(b.payments, lambda p: upper(p.kind) = 'CAPTURE'), lambda p: p.amount)), 0) as captured,
    count(*) filter (where coalesce(b.status, '') not in ('created', 'failed')) over (partition by b.number)
    > case when coalesce(b.status, '') in ('created', 'failed') then 0 else 1 end as is_shared_number
  from both_sources as b
)

select
  case when is_shared_number and site is not null then id else number end as record_id,
  'order' as object,
  number,
  number_key(number) as number_key,
  case
    when external_number is not null then map_from_entries([struct_pack(k := 'order_number', v := external_number)])
  end as external_ids,
  case when is_guest is not true then customer_no end as customer_id,
  blank(email) as email,
  email_key(email) as email_key,
  case
    when status in ('cancelled', 'replaced') then 'cancelled'
    when status = 'completed' then 'completed'
    when status in ('new', 'open') then 'open'
    when status in ('created', 'failed') then 'draft'
  end as status,
  case payment_status
    when 'not_paid' then 'pending'
    when 'part_paid' then 'partially_paid'
    when 'paid' then 'paid'
  end as payment_status,
  case shipping_status
    when 'not_shipped' then 'unfulfilled'
    when 'part_shipped' then 'partial'
    when 'shipped' then 'fulfilled'
  end as fulfillment_status,
  status as raw_status,
  payment_status as raw_payment_status,
  shipping_status as raw_fulfillment_status,
  currency,
  currency as presentment_currency,
  before_adjustments as subtotal,
  before_adjustments - (goods + sold_gifts) as discount,
  shipping,
  tax,
  cast(0 as decimal(38, 6)) as duties,
  cast(0 as decimal(38, 6)) as tip,
  coalesce(paid_by_gift, 0) as gift_card,
  cast(0 as decimal(38, 6)) as rounding,
  total,
  case
    when promised is not null and payment_status = 'paid' then 0
    when promised is not null then greatest(least(promised, total - captured), 0)
  end as authorized,
  total as presentment_total,
  is_gross as tax_included,
  coalesce(is_guest, customer_no is null) as is_guest,
  channel,
  site as store,
  payments[1].method as gateway,
  country_code(country) as country,
  ship_street,
  ship_city,
  ship_postal_code,
  country_code(ship_country) as ship_country,
  bill_street,
  bill_city,
  bill_postal_code,
  country_code(bill_country) as bill_country,
  coalesce(placed_at, created_at) as placed_at,
  case when status in ('cancelled', 'replaced') then updated_at end as cancelled_at,
  created_at,
  updated_at,
  deleted_at,
  created_by,
  replaces as original_order_id,
  json_object('export_status', export_status, 'replaced_by', replaced_by) as extra,
  seen_at,
  file,
  line
from sums
