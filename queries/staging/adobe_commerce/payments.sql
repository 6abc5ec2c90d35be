-- An invoice is money taken: the shop tells no amounts of single transactions.
with
setting as (
  select coalesce(max(amounts), 'base') = 'order' as by_order
  from raw.store
)

select
  i.id as record_id,
  cast(i.order_id as varchar) as order_id,
  'capture' as kind,
  case i.state
    when 1 then 'pending'
    when 2 then 'success'
    when 3 then 'failure'
  end as status,
  o.gateway,
  case when s.by_order then i.grand_total else i.base_grand_total end as amount,
  case when s.by_order then i.order_currency_code else i.base_currency_code end as currency,
  i.created_at as processed_at,
  i.seen_at,
  i.file,
  i.line
from raw.invoices as i
cross join setting as s
left join raw.orders as o on cast(i.order_id as varchar) = o.id
