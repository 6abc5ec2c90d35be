/* +++
title = "Whether and how soon changes of the shop's records reach Salesforce"
+++ */
-- The newest change of every pair that changed after it was created and had its grace. Salesforce's record followed where it was written after
-- that change: by its own time of synchronisation where one is mapped, else by its last modification, which may have another reason, so that
-- these seconds are the most that it can have taken. A change failed where a rule of this run finds a difference in the pair.
with pairs as (
  select
    p.shop_system,
    'orders' as entity,
    p.shop_id,
    p.shop_created_at as created_at,
    p.shop_updated_at as changed_at,
    coalesce(f.last_synced_at, f.updated_at) as written_at
  from order_pairs as p
  inner join orders as f on p.salesforce_system = f.system and p.salesforce_id = f.record_id
  union all
  select
    l.shop_system,
    'customers' as entity,
    l.shop_id,
    c.created_at,
    c.updated_at as changed_at,
    f.updated_at as written_at
  from customer_links as l
  inner join customers as c on l.shop_system = c.system and l.shop_id = c.record_id
  inner join customers as f on l.salesforce_system = f.system and l.salesforce_id = f.record_id
  where l.is_primary and c.deleted_at is null and coalesce(c.state, '') not in ('redacted', 'merged')
  union all
  select
    l.shop_system,
    'products' as entity,
    l.shop_id,
    v.created_at,
    v.updated_at as changed_at,
    f.updated_at as written_at
  from product_links as l
  inner join products as v on l.shop_system = v.system and l.shop_id = v.record_id
  inner join products as f on l.salesforce_system = f.system and l.salesforce_id = f.record_id
  where l.is_primary and v.deleted_at is null
),

changed as (
  select
    p.shop_system,
    p.entity,
    p.shop_id,
    case
      when p.written_at >= p.changed_at and p.written_at < p.changed_at + to_days(cast($backfill_days as integer))
        then date_diff('second', p.changed_at, p.written_at)
    end as seconds,
    p.written_at >= p.changed_at as is_followed
  from pairs as p
  inner join compared as k on p.shop_system = k.system and p.entity = k.entity
  where
    p.changed_at > p.created_at + to_minutes(1)
    and p.changed_at < $as_of - to_minutes(cast($grace_minutes as bigint))
),

differing as (
  select distinct
    f.entity,
    f.system,
    f.record_id
  from scratch.findings as f
  where f.salesforce_id is not null and len(list_filter(f.diff, lambda d: d.field not in ('external_id', 'is_test'))) > 0
)

select
  c.shop_system,
  c.entity,
  count(*) as changed,
  count(*) filter (where c.is_followed) as followed,
  count(d.record_id) as failed,
  cast(quantile_disc(c.seconds, 0.50) as double) as p50_seconds,
  cast(quantile_disc(c.seconds, 0.95) as double) as p95_seconds,
  cast(quantile_disc(c.seconds, 0.99) as double) as p99_seconds
from changed as c
left join differing as d on c.entity = d.entity and c.shop_system = d.system and c.shop_id = d.record_id
group by
  c.shop_system,
  c.entity
order by
  c.entity,
  c.shop_system
