-- Goods that come in with a return, and goods that go out with an exchange.
select
  gid_tail(id) as record_id,
  gid_tail(parent_id) as return_id,
  gid_tail(coalesce(line_gid, exchange_line_gids[1])) as line_id,
  quantity,
  case when starts_with(id, 'gid://shopify/ExchangeLineItem/') then 'out' else 'in' end as direction,
  seen_at,
  file,
  line
from raw.returns
where parent_id is not null and not starts_with(id, 'gid://shopify/Return/')
