/* +++
title    = "Every refund that moved money is in Salesforce"
question = "Which refunds were paid out in the shop and are not in Salesforce?"
severity = "critical"
entity   = "refunds"
since    = "0.1"
needs    = [
  "shop.orders",
  "shop.refunds",
  "salesforce.orders",
  "salesforce.refunds|salesforce.orders.refunded",
  "salesforce.refunds.external_ids?",
  "salesforce.refunds.amount?",
]
why      = "Salesforce counts revenue that was given back; commissions are paid on it, and service may refund a second time."
remedy   = "Send the listed refunds again. Look whether refunds made in the payment gateway or in the point of sale ever reach the integration."
false_alarms = "Refunds that Salesforce holds in an object that recon.toml does not map. Several refunds that arrived as one are silent where their sums agree. Where Salesforce holds refunds of other amounts without ids, they are named: one of them may be it."
fix      = "review"
recheck  = true
checked  = """
select count(*)
from refunds as r
inner join compared as s on r.system = s.system and s.entity = 'refunds'
where r.deleted_at is null and r.money_moved and r.amount > 0
  and coalesce(r.created_at, timestamp '1970-01-01') < $as_of - to_minutes(cast($grace_minutes as bigint))
"""

[params.grace_minutes]
default = 15
unit    = "minutes"
help    = "Records younger than this may still be on their way."
+++ */
with paid_out as (
  select
    p.shop_system,
    p.shop_id,
    p.shop_order_id,
    p.number,
    p.salesforce_system,
    p.salesforce_order_id,
    p.salesforce_id,
    p.shop_amount,
    p.shop_currency,
    p.created_at
  from refund_pairs as p
  where coalesce(p.created_at, timestamp '1970-01-01') < $as_of - to_minutes(cast($grace_minutes as bigint))
),

mapped as (
  select c.system
  from coverage as c
  inner join systems as s on c.system = s.system and s.side = 'salesforce'
  where c.entity = 'refunds' and c.field is null and c.readable and c.complete
),

lost as (
  select
    p.shop_system,
    p.shop_id,
    p.shop_order_id,
    p.salesforce_system,
    p.salesforce_order_id,
    p.shop_amount
  from paid_out as p
  inner join mapped as m on p.salesforce_system = m.system
  where p.salesforce_id is null
),

orders_short as (
  select distinct
    x.salesforce_system,
    x.salesforce_order_id
  from lost as x
),

given_back as (
  select
    p.salesforce_system,
    p.salesforce_order_id,
    sum(p.shop_amount) as amount,
    count(*) as refunds,
    max(p.shop_currency) as currency
  from refund_pairs as p
  inner join orders_short as x on p.salesforce_system = x.salesforce_system and p.salesforce_order_id = x.salesforce_order_id
  group by
    p.salesforce_system,
    p.salesforce_order_id
),

shown as (
  select
    h.system as salesforce_system,
    h.order_id as salesforce_order_id,
    sum(h.amount) as amount,
    count(*) as refunds,
    min(h.currency) as first_currency,
    max(h.currency) as last_currency
  from refunds as h
  inner join orders_short as x on h.system = x.salesforce_system and h.order_id = x.salesforce_order_id
  where h.deleted_at is null
  group by
    h.system,
    h.order_id
),

-- An integration that nets an exchange, or sends two refunds as one, shows all the money that went back. Sums in different currencies say
-- nothing of each other: there it counts whether as many refunds are shown.
missing as (
  select
    x.shop_system,
    x.shop_id,
    x.shop_amount as amount,
    cast(null as decimal(38, 6)) as held_amount
  from lost as x
  inner join given_back as g on x.salesforce_system = g.salesforce_system and x.salesforce_order_id = g.salesforce_order_id
  left join shown as s on x.salesforce_system = s.salesforce_system and x.salesforce_order_id = s.salesforce_order_id
  where
    abs(g.amount - coalesce(s.amount, 0)) > minor_unit(g.currency)
    and not coalesce(s.first_currency <> g.currency and s.last_currency <> g.currency and s.refunds >= g.refunds, false)
),

sums as (
  select
    p.shop_system,
    p.shop_order_id,
    p.salesforce_system,
    p.salesforce_order_id,
    sum(p.shop_amount) as amount,
    max(p.shop_currency) as currency,
    max_by(p.shop_id, (coalesce(p.created_at, timestamp '1970-01-01'), p.shop_id)) as shop_id
  from paid_out as p
  where p.salesforce_system not in (select m.system from mapped as m)
  group by
    p.shop_system,
    p.shop_order_id,
    p.salesforce_system,
    p.salesforce_order_id
),

short as (
  select
    s.shop_system,
    s.shop_id,
    cast(s.amount - coalesce(sf.refunded, 0) as decimal(38, 6)) as amount,
    coalesce(sf.refunded, 0) as held_amount
  from sums as s
  inner join orders as sf on s.salesforce_system = sf.system and s.salesforce_order_id = sf.record_id
  where
    s.amount - coalesce(sf.refunded, 0) > minor_unit(s.currency)
    and (coalesce(sf.currency = s.currency, true) or coalesce(sf.refunded, 0) = 0)
),

-- Of several refunds of other amounts that carry no id, one may be it.
perhaps as (
  select
    h.system as salesforce_system,
    h.order_id as salesforce_order_id,
    list(related_record(h.system, h.record_id) order by h.record_id) as related
  from refunds as h
  inner join orders_short as x on h.system = x.salesforce_system and h.order_id = x.salesforce_order_id
  anti join refund_pairs as p on h.system = p.salesforce_system and h.record_id = p.salesforce_id
  where h.deleted_at is null and any_id(h.external_ids) is null
  group by
    h.system,
    h.order_id
),

found as (
  select
    m.shop_system,
    m.shop_id,
    m.amount,
    m.held_amount
  from missing as m
  union all
  select
    x.shop_system,
    x.shop_id,
    x.amount,
    x.held_amount
  from short as x
)

select
  f.shop_system as system,
  f.shop_id as record_id,
  p.salesforce_order_id as salesforce_id,
  coalesce(p.number, p.shop_order_id) as label,
  'Order ' || coalesce(p.number, p.shop_order_id) || ' had ' || money_text(f.amount, p.shop_currency) || coalesce(' ' || p.shop_currency, '')
  || ' refunded ' || in_system(f.shop_system) || case
    when h.related is null then ' that Salesforce does not show.'
    else ' that Salesforce does not show by id or amount; it holds other refunds of the order without ids, and nothing tells whether one of them is it.'
  end as message,
  [diff_field('refunded', money_text(f.amount + coalesce(f.held_amount, 0), p.shop_currency), money_text(f.held_amount, p.shop_currency))] as diff,
  f.amount,
  p.shop_currency as currency,
  p.created_at as occurred_at,
  case when h.related is null then 'certain' else 'review' end as confidence,
  h.related,
  p.shop_order_id as order_id,
  o.gateway
from found as f
inner join paid_out as p on f.shop_system = p.shop_system and f.shop_id = p.shop_id
inner join orders as o on p.shop_system = o.system and p.shop_order_id = o.record_id
left join perhaps as h on p.salesforce_system = h.salesforce_system and p.salesforce_order_id = h.salesforce_order_id
