-- What an order was paid with. The API does not say whether money was only authorised; files may.
with
both_sources as (
  select * from raw.orders
  union all by name
  select * from raw.orders_xml
),

numbered as (
  select
    case when count(*) over (partition by b.number) > 1 and b.site is not null then b.id else b.number end as order_id,
    b.*
  from both_sources as b
  where coalesce(b.status, '') not in ('created', 'failed') and b.deleted_at is null
),

unfolded as (
  select
    order_id,
    currency,
    coalesce(placed_at, created_at) as placed_at,
    seen_at,
    file,
    line,
    unnest(payments) as p,
    generate_subscripts(payments, 1) as nth
  from numbered
)

select
  order_id || '/' || nth as record_id,
  order_id,
  case upper(p.kind)
    when 'AUTH' then 'authorization'
    when 'AUTH_REVERSAL' then 'void'
    when 'CAPTURE' then 'capture'
    when 'CREDIT' then 'refund'
  end as kind,
  p.method as gateway,
  p.amount as amount,
  currency,
  placed_at as processed_at,
  case when p.reference is not null then json_object('reference', p.reference) end as extra,
  seen_at,
  file,
  line
from unfolded
