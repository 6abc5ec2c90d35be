/* +++
title    = "Orders keep arriving in Salesforce while the shop sells"
question = "Has the flow of orders from a shop into Salesforce stopped?"
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
why      = "Every order from now on is missing until somebody notices: nothing is picked, nobody can answer the buyers, and the backlog grows."
remedy   = "Look now whether the integration runs, whether its user may still log in, and whether the interface's daily limit is used up."
false_alarms = "An integration that is switched off on purpose, during maintenance for example."
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
help    = "So many orders have to wait, without any that arrived after them."

[params.history_days]
default = 28
unit    = "days"
help    = "What is usual for an hour of the day is learnt from so many days."
+++ */
with arrived as (
  select
    p.shop_system,
    max(p.shop_created_at) as last_at
  from order_pairs as p
  group by p.shop_system
),

waiting as (
  select
    m.system,
    m.record_id,
    m.number,
    m.total,
    m.currency,
    m.created_at,
    a.last_at
  from missing_orders as m
  left join arrived as a on m.system = a.shop_system
  where
    m.created_at > coalesce(a.last_at, timestamp '1970-01-01')
    and m.created_at < $as_of - to_minutes(cast($grace_minutes as bigint))
),

queues as (
  select
    w.system,
    count(*) as orders,
    min(w.created_at) as first_at,
    max(w.last_at) as last_at,
    min_by(w.record_id, (w.created_at, w.record_id)) as record_id,
    min_by(coalesce(w.number, w.record_id), (w.created_at, w.record_id)) as label,
    case when count(distinct w.currency) = 1 then sum(w.total) end as amount,
    case when count(distinct w.currency) = 1 then max(w.currency) end as currency
  from waiting as w
  group by w.system
  having count(*) >= cast($orders as bigint)
),

-- How long orders are under way as a rule: three of four are no longer, in the same hour of the day where enough of them are known.
ways as (
  select
    q.system,
    extract(hour from p.shop_created_at) = extract(hour from q.first_at) as is_same_hour,
    date_diff('second', p.shop_created_at, p.salesforce_created_at) as seconds
  from queues as q
  inner join order_pairs as p on q.system = p.shop_system
  where
    p.shop_created_at >= $as_of - to_days(cast($history_days as integer))
    and p.salesforce_created_at >= p.shop_created_at
    and p.salesforce_created_at < p.shop_created_at + to_days(7)
),

habits as (
  select
    w.system,
    quantile_disc(w.seconds, 0.75) as seconds,
    quantile_disc(w.seconds, 0.75) filter (where w.is_same_hour) as seconds_of_hour,
    count(*) filter (where w.is_same_hour) as orders_of_hour
  from ways as w
  group by w.system
),

queues_with_habit as (
  select
    q.system,
    q.record_id,
    q.label,
    q.orders,
    q.first_at,
    q.last_at,
    q.amount,
    q.currency,
    date_diff('second', q.first_at, cast($as_of as timestamp)) as waits,
    coalesce(case when h.orders_of_hour >= 20 then h.seconds_of_hour end, h.seconds, 0) as usual
  from queues as q
  left join habits as h on q.system = h.system
)

select
  q.system,
  q.record_id,
  cast(null as varchar) as salesforce_id,
  q.label,
  case
    when q.last_at is null then 'No order ' || in_system(q.system) || ' has ever arrived in Salesforce: '
    else 'Since ' || strftime(q.last_at, '%Y-%m-%d %H:%M') || ' UTC no new order ' || in_system(q.system) || ' has arrived in Salesforce: '
  end
  || cast(q.orders as varchar) || ' wait, the first of them for ' || cast(q.waits // 60 as varchar) || ' minutes.' as message,
  cast(q.amount as decimal(38, 6)) as amount,
  q.currency,
  q.first_at as occurred_at,
  cast(q.orders as bigint) as waiting_orders,
  cast(q.waits // 60 as bigint) as waiting_minutes,
  cast(q.usual // 60 as bigint) as usual_minutes
from queues_with_habit as q
where q.waits > 2 * q.usual
