/* +++
title    = "No stretch of time and no channel is lost between shop and Salesforce"
question = "From which stretch of time, or from which sales channel, did (almost) no order arrive in Salesforce?"
severity = "critical"
entity   = "orders"
since    = "0.1"
needs    = [
  "shop.orders",
  "salesforce.orders",
  "salesforce.orders.external_ids|salesforce.orders.number|salesforce.orders.email",
  "salesforce.orders.external_ids?",
  "salesforce.orders.number?",
]
why      = "It is one fault and not many: a receiver that was down, a queue that was emptied, a channel that nobody connected. Until it is mended it comes again."
remedy   = "Look in the log of the integration for what happened at the beginning and at the end of the stretch; then send all orders of it again."
false_alarms = "Channels that are kept out of Salesforce on purpose, such as a point of sale with its own process."
fix      = "none"
checked  = """
select count(*)
from orders as o
inner join compared as c on o.system = c.system and c.entity = 'orders'
where o.deleted_at is null and o.is_test is not true and o.status is distinct from 'draft'
  and coalesce(o.created_at, o.placed_at, timestamp '1970-01-01') < $as_of - to_minutes(cast($grace_minutes as bigint))
"""

[params.grace_minutes]
default = 15
unit    = "minutes"
help    = "Records younger than this may still be on their way."

[params.orders]
default = 5
unit    = "orders"
help    = "So many orders in a row have to be lost before it is called a stretch; a channel needs twice as many."
+++ */
-- Time is cut into pieces of ten minutes. Pieces of which nine tenths or more were lost are put together until one comes from which orders
-- arrived; quiet hours between them change nothing. What is still going on at the end is no gap: that the rest has stopped is sync.stopped.
with lost as (
  select
    m.system,
    m.record_id,
    m.number,
    m.channel,
    m.total,
    m.currency,
    m.created_at
  from missing_orders as m
  where m.created_at < $as_of - to_minutes(cast($grace_minutes as bigint))
),

losers as (
  select x.system
  from lost as x
  group by x.system
  having count(*) >= cast($orders as bigint)
),

sold as (
  select
    o.system,
    o.channel,
    date_trunc('hour', coalesce(o.created_at, o.placed_at))
    + to_minutes(cast(extract(minute from coalesce(o.created_at, o.placed_at)) as bigint) // 10 * 10) as piece,
    count(*) as orders
  from orders as o
  inner join losers as s on o.system = s.system
  where
    o.deleted_at is null
    and o.is_test is not true
    and o.status is distinct from 'draft'
    and coalesce(o.created_at, o.placed_at) < $as_of - to_minutes(cast($grace_minutes as bigint))
    and not exists (
      select 1
      from order_chains as n
      where n.shop_system = o.system and n.shop_id = o.record_id
    )
  group by
    o.system,
    o.channel,
    piece
),

lost_pieces as (
  select
    x.system,
    x.channel,
    date_trunc('hour', x.created_at) + to_minutes(cast(extract(minute from x.created_at) as bigint) // 10 * 10) as piece,
    count(*) as orders
  from lost as x
  inner join losers as s on x.system = s.system
  group by
    x.system,
    x.channel,
    piece
),

-- A channel of which everything is lost would hide that the others arrive, and the other way round.
channels as (
  select
    s.system,
    s.channel,
    s.orders,
    coalesce(g.orders, 0) as lost,
    sum(s.orders - coalesce(g.orders, 0)) over (partition by s.system) as arrived
  from (
    select
      s.system,
      s.channel,
      sum(s.orders) as orders
    from sold as s
    group by
      s.system,
      s.channel
  ) as s
  left join (
    select
      g.system,
      g.channel,
      sum(g.orders) as orders
    from lost_pieces as g
    group by
      g.system,
      g.channel
  ) as g on s.system = g.system and s.channel is not distinct from g.channel
),

dead_channels as (
  select
    c.system,
    c.channel,
    c.orders,
    c.lost
  from channels as c
  where c.channel is not null and c.lost >= 2 * cast($orders as bigint) and c.lost * 10 >= c.orders * 9 and c.arrived > c.lost
),

pieces as (
  select
    s.system,
    s.piece,
    s.orders,
    coalesce(g.orders, 0) as lost,
    coalesce(g.orders, 0) * 10 >= s.orders * 9 as is_lost
  from (
    select
      s.system,
      s.piece,
      sum(s.orders) as orders
    from sold as s
    where
      not exists (
        select 1
        from dead_channels as d
        where d.system = s.system and d.channel = s.channel
      )
    group by
      s.system,
      s.piece
  ) as s
  left join (
    select
      g.system,
      g.piece,
      sum(g.orders) as orders
    from lost_pieces as g
    where
      not exists (
        select 1
        from dead_channels as d
        where d.system = g.system and d.channel = g.channel
      )
    group by
      g.system,
      g.piece
  ) as g on s.system = g.system and s.piece = g.piece
),

runs as (
  select
    p.system,
    p.piece,
    p.orders,
    p.lost,
    p.is_lost,
    sum(case when p.is_lost then 0 else 1 end) over (
      partition by p.system
      order by p.piece
    ) as run,
    max(case when not p.is_lost then p.piece end) over (partition by p.system) as last_arrival
  from pieces as p
),

stretches as (
  select
    r.system,
    min(r.piece) as began,
    max(r.piece) + to_minutes(10) as ended,
    sum(r.orders) as orders,
    sum(r.lost) as lost
  from runs as r
  where r.is_lost and r.piece < r.last_arrival
  group by
    r.system,
    r.run
  having sum(r.lost) >= cast($orders as bigint)
),

gaps as (
  select
    t.system,
    cast(null as varchar) as channel,
    t.began,
    t.ended,
    t.orders,
    t.lost
  from stretches as t
  union all
  select
    d.system,
    d.channel,
    cast(null as timestamp) as began,
    cast(null as timestamp) as ended,
    d.orders,
    d.lost
  from dead_channels as d
),

described as (
  select
    g.system,
    g.channel,
    g.began,
    g.orders,
    g.lost,
    min(x.created_at) as first_at,
    max(x.created_at) as last_at,
    min_by(x.record_id, (x.created_at, x.record_id)) as record_id,
    min_by(coalesce(x.number, x.record_id), (x.created_at, x.record_id)) as label,
    case when count(distinct x.currency) = 1 then sum(x.total) end as amount,
    case when count(distinct x.currency) = 1 then max(x.currency) end as currency
  from gaps as g
  inner join lost as x on g.system = x.system
  left join dead_channels as d on x.system = d.system and x.channel = d.channel
  where
    g.channel = x.channel
    or (g.channel is null and d.system is null and x.created_at >= g.began and x.created_at < g.ended)
  group by
    g.system,
    g.channel,
    g.began,
    g.orders,
    g.lost
)

select
  d.system,
  d.record_id,
  cast(null as varchar) as salesforce_id,
  coalesce('channel ' || d.channel, 'stretch') as discriminator,
  d.label,
  case
    when d.channel is not null
      then
        'Of ' || cast(d.orders as varchar) || ' orders of the channel ' || d.channel || ' ' || in_system(d.system) || ', ' || cast(d.lost as varchar)
        || ' never arrived in Salesforce.'
    else
      'From ' || strftime(d.first_at, '%Y-%m-%d %H:%M') || ' to ' || strftime(d.last_at, '%Y-%m-%d %H:%M') || ' UTC, ' || cast(d.lost as varchar)
      || ' of ' || cast(d.orders as varchar) || ' orders ' || in_system(d.system) || ' did not arrive in Salesforce.'
  end as message,
  cast(d.amount as decimal(38, 6)) as amount,
  d.currency,
  d.first_at as occurred_at,
  cast(d.lost as bigint) as lost_orders,
  cast(d.orders as bigint) as placed_orders,
  d.channel,
  d.last_at
from described as d
