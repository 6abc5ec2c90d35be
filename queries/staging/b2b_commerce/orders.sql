-- An order of a store: amounts as placed are those of the original order, amounts as they are now those of its summary.
-- A change order (cancellation, return, reduction) is no order of its own: the summary holds what it changed.
-- Vendor's arithmetic: grand total = lines of goods + their adjustments + delivery charges + fees + tax; prices are without tax here, whatever the store shows.
with
changes as (
  select
    id18(coalesce(relatedorderid, originalorderid)) as order_id,
    count(*) as change_orders,
    max(try_utc(coalesce(ordereddate, createddate))) as changed_at
  from raw.orders
  where coalesce(relatedorderid, originalorderid) is not null and not coalesce(try_flag(isdeleted), false)
  group by id18(coalesce(relatedorderid, originalorderid))
),

summaries as (
  select
    s.*,
    id18(s.id) as summary_id,
    id18(s.originalorderid) as order_id,
    row_number() over (
      partition by id18(s.originalorderid) order by coalesce(try_flag(s.isdeleted), false), s.createddate, id18(s.id)
    ) as nth
  from raw.order_summaries as s
),

placed as (
  select
    i.orderid as raw_order_id,
    coalesce(lower(i.typecode), 'product') = 'charge' as is_charge,
    coalesce(lower(i.type) = 'delivery charge', false) as is_delivery,
    coalesce(try_money(i.totallineamount), try_quantity(i.quantity) * try_money(i.unitprice)) as line_amount,
    coalesce(
      try_money(i.totaladjustmentamount), try_money(i.totalprice) - coalesce(try_money(i.totallineamount), try_money(i.totalprice)), 0
    ) as adjustment,
    try_money(i.totalprice) as price
  from raw.order_items as i
  inner join raw.orders as o on i.orderid = o.id
  where coalesce(try_flag(i.isdeleted), false) = coalesce(try_flag(o.isdeleted), false)
),

sums as (
  select
    raw_order_id,
    coalesce(sum(case when not is_charge then line_amount end), 0) as goods,
    coalesce(sum(case when not is_charge then adjustment end), 0) as adjustments,
    coalesce(sum(case when is_charge and is_delivery then price end), 0) as delivery,
    coalesce(sum(case when is_charge and not is_delivery then price end), 0) as fees
  from placed
  group by raw_order_id
),

quantities as (
  select
    id18(n.ordersummaryid) as summary_id,
    sum(try_quantity(n.quantityordered)) as ordered,
    sum(try_quantity(n.quantitycanceled)) as canceled,
    sum(try_quantity(n.quantityreturned)) as returned,
    sum(try_quantity(n.quantityfulfilled)) as fulfilled,
    bool_or(i.orderid is not null and id18(i.orderid) <> s.order_id) as has_added
  from raw.order_item_summaries as n
  inner join summaries as s on id18(n.ordersummaryid) = s.summary_id
  left join raw.order_items as i on n.originalorderitemid = i.id
  where coalesce(lower(n.typecode), 'product') <> 'charge' and not coalesce(try_flag(n.isdeleted), false)
  group by id18(n.ordersummaryid)
),

paid as (
  select
    id18(ordersummaryid) as summary_id,
    coalesce(sum(try_money(authorizationamount)), 0) - coalesce(sum(try_money(authorizationreversalamount)), 0) as authorized,
    coalesce(sum(try_money(capturedamount)), 0) as captured,
    coalesce(sum(try_money(pendingcaptureamount)), 0) as under_way,
    coalesce(sum(try_money(refundedamount)), 0) as refunded,
    min(method) as method
  from raw.order_payment_summaries
  where not coalesce(try_flag(isdeleted), false)
  group by id18(ordersummaryid)
),

refund_orders as (
  select
    id18(coalesce(s.originalorderid, gs.originalorderid, g.sourceobjectid)) as order_id,
    try_money(r.amount) as amount,
    try_utc(r.systemmodstamp) as updated_at
  from raw.refunds as r
  left join raw.order_payment_summaries as p on r.orderpaymentsummaryid = p.id
  left join raw.order_summaries as s on p.ordersummaryid = s.id
  left join raw.payment_groups as g on r.paymentgroupid = g.id
  left join raw.order_summaries as gs on g.sourceobjectid = gs.id
  where lower(r.status) = 'processed' and not coalesce(try_flag(r.isdeleted), false)
),

money_back as (
  select
    order_id,
    sum(amount) as amount,
    max(updated_at) as updated_at
  from refund_orders
  group by order_id
),

credited as (
  select
    id18(coalesce(s.originalorderid, m.referenceentityid)) as order_id,
    sum(try_money(m.totalamountwithtax)) as amount
  from raw.credit_memos as m
  left join raw.order_summaries as s on m.referenceentityid = s.id
  where lower(m.status) = 'posted' and not coalesce(try_flag(m.isdeleted), false)
  group by id18(coalesce(s.originalorderid, m.referenceentityid))
),

persons as (
  select
    id18(personcontactid) as contact_id,
    id18(id) as account_id
  from raw.accounts
  where try_flag(ispersonaccount) and personcontactid is not null
),

held as (
  select
    o.*,
    id18(o.id) as order_id,
    s.summary_id,
    coalesce(s.ordernumber, o.ordernumber) as shown_number,
    s.orderlifecycletype as life_cycle,
    s.sourceprocess as source_process,
    s.status as summary_status,
    s.systemmodstamp as summary_modstamp,
    coalesce(s.ordereddate, o.ordereddate) as ordered_at,
    try_money(s.grandtotalamount) as summary_total,
    coalesce(try_money(o.grandtotalamount), try_money(o.totalamount) + try_money(o.totaltaxamount)) as placed_total,
    coalesce(pe.account_id, id18(coalesce(o.billtocontactid, s.billtocontactid)), case when try_flag(a.ispersonaccount) then id18(a.id) end)
      as buyer_id,
    coalesce(blank(o.billingemailaddress), blank(s.billingemailaddress), blank(c.email), blank(a.personemail)) as buyer_email,
    a.id is null and c.id is null as is_nobodys
  from raw.orders as o
  left join summaries as s on id18(o.id) = s.order_id and s.nth = 1
  left join persons as pe on id18(coalesce(o.billtocontactid, s.billtocontactid)) = pe.contact_id
  left join raw.contacts as c on coalesce(o.billtocontactid, s.billtocontactid) = c.id
  left join raw.accounts as a on coalesce(o.accountid, s.accountid) = a.id
  where o.relatedorderid is null and o.originalorderid is null and not coalesce(try_flag(o.isreductionorder), false)
),

judged as (
  select
    h.*,
    case
      when lower(coalesce(h.summary_status, h.status)) in ('canceled', 'cancelled') or lower(h.statuscode) in ('canceled', 'cancelled')
        then 'cancelled'
      when q.ordered > 0 and q.canceled >= q.ordered then 'cancelled'
      when
        lower(coalesce(h.summary_status, h.status)) in ('fulfilled', 'completed', 'closed', 'returned', 'delivered', 'invoiced')
        then 'completed'
      when lower(h.statuscode) = 'expired' then 'expired'
      else 'open'
    end as canonical_status,
    q.ordered,
    q.canceled,
    q.fulfilled,
    coalesce(q.canceled > 0, false) or coalesce(q.has_added, false) as has_changed
  from held as h
  left join quantities as q on h.summary_id = q.summary_id
)

select
  j.order_id as record_id,
  'Order' as object,
  j.shown_number as number,
  number_key(j.shown_number) as number_key,
  j.buyer_id as customer_id,
  j.buyer_email as email,
  email_key(j.buyer_email) as email_key,
  j.canonical_status as status,
  case
    when p.refunded > 0 and p.refunded >= p.captured then 'refunded'
    when p.refunded > 0 then 'partially_refunded'
    when p.captured > 0 and p.captured >= j.placed_total then 'paid'
    when p.captured > 0 then 'partially_paid'
    when j.canonical_status = 'cancelled' and p.summary_id is not null then 'voided'
    when p.authorized > 0 then 'authorized'
    when p.summary_id is not null then 'pending'
  end as payment_status,
  case
    when j.ordered is null then null
    when j.fulfilled > 0 and j.fulfilled >= j.ordered - j.canceled then 'fulfilled'
    when j.fulfilled > 0 then 'partial'
    else 'unfulfilled'
  end as fulfillment_status,
  coalesce(j.summary_status, j.status) as raw_status,
  upper(coalesce(j.currencyisocode, (
    select s.currency from systems as s
    where s.system = getvariable('system')
  ))) as currency,
  g.goods as subtotal,
  -g.adjustments as discount,
  g.delivery as shipping,
  try_money(j.totaltaxamount) as tax,
  g.fees as duties,
  cast(0 as decimal(38, 6)) as tip,
  cast(0 as decimal(38, 6)) as rounding,
  j.placed_total as total,
  coalesce(j.summary_total, j.placed_total) as current_total,
  coalesce(mb.amount, 0) as refunded,
  case
    when p.summary_id is not null
      then
        greatest(
          least(p.authorized - p.captured - p.under_way, coalesce(j.summary_total, j.placed_total) - p.captured - p.under_way), 0
        )
  end as authorized,
  false as tax_included,
  j.is_nobodys as is_guest,
  j.has_changed and j.canonical_status <> 'cancelled' as is_edited,
  j.life_cycle = 'MANAGED' as is_managed,
  w.type as channel,
  w.name as store,
  p.method as gateway,
  country_code(coalesce(j.shippingcountry, j.billingcountry)) as country,
  blank(j.shippingstreet) as ship_street,
  blank(j.shippingcity) as ship_city,
  blank(j.shippingpostalcode) as ship_postal_code,
  country_code(j.shippingcountry) as ship_country,
  blank(j.billingstreet) as bill_street,
  blank(j.billingcity) as bill_city,
  blank(j.billingpostalcode) as bill_postal_code,
  country_code(j.billingcountry) as bill_country,
  try_utc(j.ordered_at) as placed_at,
  try_cast(left(j.effectivedate, 10) as date) as placed_date,
  case when j.canonical_status = 'cancelled' then coalesce(x.changed_at, try_utc(j.summary_modstamp), try_utc(j.systemmodstamp)) end as cancelled_at,
  case when j.has_changed then x.changed_at end as edited_at,
  try_utc(j.createddate) as created_at,
  greatest(
    try_utc(coalesce(j.lastmodifieddate, j.systemmodstamp)), try_utc(j.summary_modstamp), x.changed_at, mb.updated_at
  ) as updated_at,
  case when try_flag(j.isdeleted) then coalesce(try_utc(j.systemmodstamp), j.seen_at) end as deleted_at,
  id18(j.createdbyid) as created_by,
  json_object(
    'summary_id', j.summary_id,
    'life_cycle_type', j.life_cycle,
    'source_process', j.source_process,
    'order_number', j.ordernumber,
    'change_orders', coalesce(x.change_orders, 0),
    'credited', cast(cr.amount as varchar),
    'account_id', id18(j.accountid),
    'tax_locale_type', j.taxlocaletype
  ) as extra,
  j.seen_at,
  j.file,
  j.line
from judged as j
left join sums as g on j.id = g.raw_order_id
left join paid as p on j.summary_id = p.summary_id
left join changes as x on j.order_id = x.order_id
left join money_back as mb on j.order_id = mb.order_id
left join credited as cr on j.order_id = cr.order_id
left join raw.web_stores as w on id18(j.salesstoreid) = id18(w.id)
