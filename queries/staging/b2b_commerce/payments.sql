-- Authorisations, payments and refunds.
with
transactions as (
  select
    id,
    'authorization' as kind,
    status,
    amount,
    currencyisocode,
    orderpaymentsummaryid,
    paymentgroupid,
    cast(null as varchar) as parent_id,
    coalesce(date, createddate) as processed,
    expirationdate as expires,
    isdeleted,
    seen_at,
    file,
    line
  from raw.payment_authorizations
  union all
  select
    id,
    coalesce(lower(type), 'sale') as kind,
    status,
    amount,
    currencyisocode,
    orderpaymentsummaryid,
    paymentgroupid,
    paymentauthorizationid as parent_id,
    coalesce(date, createddate) as processed,
    cast(null as varchar) as expires,
    isdeleted,
    seen_at,
    file,
    line
  from raw.payments
  union all
  select
    id,
    'refund' as kind,
    status,
    amount,
    currencyisocode,
    orderpaymentsummaryid,
    paymentgroupid,
    cast(null as varchar) as parent_id,
    coalesce(date, createddate) as processed,
    cast(null as varchar) as expires,
    isdeleted,
    seen_at,
    file,
    line
  from raw.refunds
)

select
  id18(t.id) as record_id,
  id18(coalesce(s.originalorderid, gs.originalorderid, g.sourceobjectid)) as order_id,
  t.kind,
  case lower(t.status)
    when 'processed' then 'success'
    when 'pending' then 'pending'
    when 'draft' then 'pending'
    else 'failure'
  end as status,
  blank(p.method) as gateway,
  try_money(t.amount) as amount,
  upper(coalesce(t.currencyisocode, o.currencyisocode, (
    select x.currency from systems as x
    where x.system = getvariable('system')
  ))) as currency,
  id18(t.parent_id) as parent_id,
  try_utc(t.processed) as processed_at,
  try_utc(t.expires) as expires_at,
  t.seen_at,
  t.file,
  t.line
from transactions as t
left join raw.order_payment_summaries as p on id18(t.orderpaymentsummaryid) = id18(p.id)
left join raw.order_summaries as s on id18(p.ordersummaryid) = id18(s.id)
left join raw.payment_groups as g on id18(t.paymentgroupid) = id18(g.id)
left join raw.order_summaries as gs on id18(g.sourceobjectid) = id18(gs.id)
inner join raw.orders as o on id18(coalesce(s.originalorderid, gs.originalorderid, g.sourceobjectid)) = id18(o.id)
where not coalesce(try_flag(t.isdeleted), false)
