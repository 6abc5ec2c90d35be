/* +++
title = "How long orders take from the shop to Salesforce"
+++ */
with seconds as (
  select
    p.shop_system,
    date_diff('second', p.shop_created_at, p.salesforce_created_at) as seconds
  from order_pairs as p
  where
    p.method = 'external_id'
    and p.salesforce_created_at >= p.shop_created_at
    and p.salesforce_created_at < p.shop_created_at + to_days(cast($backfill_days as integer))
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
