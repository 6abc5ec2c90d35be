/* +++
title = "How fresh Salesforce's stock is: whether every level was written since the owner's last changed, and how soon"
+++ */
with paired as (
  select
    i.system,
    i.updated_at as changed_at,
    f.updated_at as written_at
  from inventory_levels as i
  inner join compared as c on i.system = c.system and c.entity = 'inventory_levels'
  inner join product_links as p on i.system = p.shop_system and i.variant_id = p.shop_id and p.is_primary
  inner join location_links as k on i.system = k.shop_system and i.location_id = k.shop_id and k.is_primary
  inner join inventory_levels as f
    on
      p.salesforce_system = f.system
      and p.salesforce_id = f.variant_id
      and k.salesforce_system = f.system
      and k.salesforce_id = f.location_id
  left join compared as t on f.store = t.system and t.entity = 'inventory_levels'
  where
    (t.system is null or t.system = i.system)
    and i.deleted_at is null
    and f.deleted_at is null
    and i.is_active is not false
    and f.is_active is not false
),

judged as (
  select
    p.system,
    p.changed_at,
    p.written_at,
    p.written_at < p.changed_at and p.changed_at < $as_of - to_minutes(cast($grace_minutes as bigint)) as is_behind,
    case when p.written_at >= p.changed_at then date_diff('second', p.changed_at, p.written_at) end as seconds
  from paired as p
)

select
  j.system,
  count(*) as levels,
  count(*) filter (where j.is_behind) as behind,
  cast(quantile_disc(j.seconds, 0.50) as double) as p50_seconds,
  cast(quantile_disc(j.seconds, 0.95) as double) as p95_seconds,
  cast(quantile_disc(j.seconds, 0.99) as double) as p99_seconds,
  max(j.changed_at) as newest_shop_at,
  max(j.written_at) as newest_salesforce_at
from judged as j
group by j.system
order by j.system
