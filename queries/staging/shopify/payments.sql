-- Transactions of an order.
with
transactions as (
  select
    o.id as order_gid,
    o.seen_at,
    o.file,
    o.line,
    unnest(o.transactions) as t
  from raw.orders as o
  where o.parent_id is null
)

select
  gid_tail(t.id) as record_id,
  gid_tail(transactions.order_gid) as order_id,
  case t.kind when 'EMV_AUTHORIZATION' then 'authorization' else lower(t.kind) end as kind,
  case t.status
    when 'SUCCESS' then 'success'
    when 'PENDING' then 'pending'
    when 'AWAITING_RESPONSE' then 'pending'
    else 'failure'
  end as status,
  t.gateway,
  t.amountset.shopmoney.amount as amount,
  t.amountset.shopmoney.currencycode as currency,
  t.test as is_test,
  gid_tail(t.parenttransaction.id) as parent_id,
  utc(t.processedat) as processed_at,
  utc(t.authorizationexpiresat) as expires_at,
  transactions.seen_at,
  transactions.file,
  transactions.line
from transactions
