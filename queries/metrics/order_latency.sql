/* +++
title = "How long orders take from the shop to Salesforce"
+++ */
with seconds as (
  select
    l.shop_system,
    date_diff('second', o.created_at, sf.created_at) as seconds
  from order_links as l
  inner join orders as o on l.shop_system = o.system and l.shop_id = o.record_id
  inner join orders as sf on l.salesforce_system = sf.system and l.salesforce_id = sf.record_id
  where
    l.is_primary
    and l.method = 'external_id'
    and o.is_test is not true
    and sf.created_at >= o.created_at
    and sf.created_at < o.created_at + to_days(cast($backfill_days as integer))
)

select
  s.shop_system,
  count(*) as orders,
  cast(quantile_disc(s.seconds, 0.50) as double) as p50_seconds,
  cast(quantile_disc(s.seconds, 0.95) as double) as p95_seconds,
  cast(quantile_disc(s.seconds, 0.99) as double) as p99_seconds,
  count(*) filter (where s.seconds <= cast($target_minutes as bigint) * 60) as in_target
from seconds as s
group by s.shop_system
order by s.shop_system
