/* +++
title = "How long orders take from the shop to Salesforce: of every shop, and of its channels and hours of the day"
+++ */
with seconds as (
  select
    p.shop_system,
    coalesce(o.channel, '') as channel,
    cast(extract(hour from p.shop_created_at) as integer) as hour,
    date_diff('second', p.shop_created_at, p.salesforce_created_at) as seconds
  from order_pairs as p
  inner join orders as o on p.shop_system = o.system and p.shop_id = o.record_id
  where
    p.method = 'external_id'
    and p.salesforce_created_at >= p.shop_created_at
    and p.salesforce_created_at < p.shop_created_at + to_days(cast($backfill_days as integer))
)

select
  s.shop_system,
  s.channel,
  s.hour,
  count(*) as orders,
  cast(quantile_disc(s.seconds, 0.50) as double) as p50_seconds,
  cast(quantile_disc(s.seconds, 0.95) as double) as p95_seconds,
  cast(quantile_disc(s.seconds, 0.99) as double) as p99_seconds,
  count(*) filter (where s.seconds <= cast($target_minutes as bigint) * 60) as in_target
from seconds as s
group by grouping sets ((s.shop_system), (s.shop_system, s.channel), (s.shop_system, s.hour))
order by
  s.shop_system asc,
  s.channel asc nulls first,
  s.hour asc nulls first
