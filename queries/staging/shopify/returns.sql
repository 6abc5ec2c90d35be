-- A return or exchange.
with
exchanges as (
  select distinct parent_id
  from raw.returns
  where starts_with(id, 'gid://shopify/ExchangeLineItem/')
)

select
  gid_tail(r.id) as record_id,
  gid_tail(r.parent_id) as order_id,
  case r.status when 'CANCELED' then 'cancelled' else lower(r.status) end as status,
  r.status as raw_status,
  exchanges.parent_id is not null as is_exchange,
  r.total_quantity,
  r.created_at,
  r.closed_at,
  r.seen_at,
  r.file,
  r.line
from raw.returns as r
left join exchanges on r.id = exchanges.parent_id
where starts_with(r.id, 'gid://shopify/Return/')
