/* +++
title    = "Every Salesforce order that names a shop order exists in the shop"
question = "Which Salesforce orders claim a shop order that the shop does not have?"
severity = "high"
entity   = "orders"
since    = "0.1"
needs    = [
  "shop.orders",
  "salesforce.orders",
  "salesforce.orders.external_ids|salesforce.orders.number",
  "salesforce.orders.external_ids?",
  "salesforce.orders.number?",
  "salesforce.orders.original_order_id?",
]
why      = "Revenue that the shop never took is counted in Salesforce, and goods may be sent for an order that nobody placed."
remedy   = "Look the order up in the shop by the number that it names. Cancel it in Salesforce where the shop never had it; correct the number where it is a slip."
false_alarms = "Orders typed into Salesforce by hand with a number in the shop's field, and orders of a shop that is not in recon.toml."
fix      = "none"
recheck  = true
checked  = """
select count(*)
from orders as o
inner join systems as s on o.system = s.system and s.side = 'salesforce'
where o.deleted_at is null and o.is_test is not true and (any_id(o.external_ids) is not null or o.number is not null)
  and coalesce(o.created_at, o.placed_at, timestamp '1970-01-01') < $as_of - to_minutes(cast($grace_minutes as bigint))
"""

[params.grace_minutes]
default = 15
unit    = "minutes"
help    = "Records younger than this may still be on their way."
+++ */
-- Few orders have no link: only these are asked what they claim.
with loose as materialized (
  select
    o.system,
    o.record_id
  from orders as o
  inner join systems as s on o.system = s.system and s.side = 'salesforce'
  where
    o.deleted_at is null
    and o.is_test is not true
    and o.original_order_id is null
    and coalesce(o.created_at, o.placed_at, timestamp '1970-01-01') < $as_of - to_minutes(cast($grace_minutes as bigint))
    and not exists (
      select 1
      from order_links as l
      where l.salesforce_system = o.system and l.salesforce_id = o.record_id
    )
),

claims as materialized (
  select
    o.system,
    o.record_id,
    o.number,
    any_id(o.external_ids) as claimed_id,
    coalesce(own_system(o.external_ids), known.system) as claimed_system,
    o.total,
    o.currency,
    o.status,
    o.created_by,
    coalesce(o.placed_at, cast(o.placed_date as timestamp), o.created_at) as occurred_at,
    o.placed_at is not null or o.placed_date is not null as is_dated
  from loose as n
  inner join orders as o on n.system = o.system and n.record_id = o.record_id
  left join systems as known on o.store = known.system and known.side = 'shop'
  where any_id(o.external_ids) is not null or o.number is not null
),

-- What number keys of the shop look like, 9 for digits. A name that looks otherwise, such as that of an ordinary opportunity, claims nothing.
shapes as (
  select distinct regexp_replace(o.number_key, '[0-9]+', '9', 'g') as shape
  from orders as o
  inner join compared as s on o.system = s.system and s.entity = 'orders'
  where
    o.number_key is not null
    and exists (
      select 1
      from claims as c
      where c.claimed_id is null
    )
),

shops as (
  select
    count(*) as shops,
    min(s.system) as first_shop
  from compared as s
  where s.entity = 'orders'
),

-- Where the shop shows only its newest orders, an older claim proves nothing, nor does one of unknown age: it may have been loaded later.
-- A day more for dates without a time zone.
windows as (
  select
    c.system,
    c.window_from
  from coverage as c
  inner join compared as s on c.system = s.system and s.entity = 'orders'
  where c.entity = 'orders' and c.field is null and c.window_from is not null
)

select
  c.system,
  cast(null as varchar) as record_id,
  c.record_id as salesforce_id,
  coalesce(c.number, c.claimed_id) as label,
  'Order ' || coalesce(c.number, c.claimed_id) || ' is in Salesforce, but there is no such order '
  || coalesce(in_system(coalesce(c.claimed_system, case when n.shops = 1 then n.first_shop end)), 'in any shop') || '.' as message,
  c.total as amount,
  c.currency,
  c.occurred_at,
  c.claimed_id,
  c.status,
  c.created_by
from claims as c
cross join shops as n
where
  (
    c.claimed_id is not null
    or not exists (select x.shape from shapes as x)
    or regexp_replace(number_key(c.number), '[0-9]+', '9', 'g') in (select x.shape from shapes as x)
  )
  and not exists (
    select 1
    from windows as w
    where (c.claimed_system is null or c.claimed_system = w.system) and (not c.is_dated or w.window_from + to_days(1) > c.occurred_at)
  )
