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
false_alarms = "Refunds that Salesforce holds in an object that recon.toml does not map."
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
    r.system,
    r.record_id,
    r.order_id,
    r.amount,
    coalesce(r.currency, o.currency) as currency,
    r.created_at,
    o.number,
    o.gateway,
    l.salesforce_system,
    l.salesforce_id
  from refunds as r
  inner join compared as c on r.system = c.system and c.entity = 'refunds'
  inner join order_links as l on r.system = l.shop_system and r.order_id = l.shop_id and l.is_primary
  inner join orders as o on r.system = o.system and r.order_id = o.record_id
  where
    r.deleted_at is null
    and r.money_moved
    and r.amount > 0
    and o.is_test is not true
    and coalesce(r.created_at, timestamp '1970-01-01') < $as_of - to_minutes(cast($grace_minutes as bigint))
),

mapped as (
  select c.system
  from coverage as c
  inner join systems as s on c.system = s.system and s.side = 'salesforce'
  where c.entity = 'refunds' and c.field is null and c.readable and c.complete
),

held as (
  select
    h.system,
    h.record_id,
    h.order_id,
    h.amount,
    h.external_ids
  from refunds as h
  inner join mapped as m on h.system = m.system
  where h.deleted_at is null
),

claims as (
  select
    h.system,
    c.system as shop_system,
    external_key(id_for(h.external_ids, c.system)) as claimed_id
  from held as h
  inner join compared as c on c.entity = 'refunds'
  where id_for(h.external_ids, c.system) is not null
),

unclaimed as (
  select
    p.system,
    p.record_id,
    p.order_id,
    p.amount,
    p.currency,
    p.created_at,
    p.number,
    p.gateway,
    p.salesforce_system,
    p.salesforce_id,
    row_number() over (
      partition by
        p.salesforce_system,
        p.salesforce_id,
        p.amount
      order by
        p.created_at,
        p.record_id
    ) as turn
  from paid_out as p
  inner join mapped as m on p.salesforce_system = m.system
  where
    not exists (
      select 1
      from claims as h
      where h.system = p.salesforce_system and h.shop_system = p.system and h.claimed_id = external_key(p.record_id)
    )
),

nameless as (
  select
    h.system,
    h.order_id,
    h.amount,
    row_number() over (
      partition by
        h.system,
        h.order_id,
        h.amount
      order by h.record_id
    ) as turn
  from held as h
  where any_id(h.external_ids) is null
),

missing as (
  select
    u.system,
    u.record_id,
    u.amount,
    u.currency,
    u.created_at,
    u.order_id,
    u.number,
    u.gateway,
    u.salesforce_id,
    cast(null as decimal(38, 6)) as held_amount
  from unclaimed as u
  where
    not exists (
      select 1
      from nameless as h
      where h.system = u.salesforce_system and h.order_id = u.salesforce_id and h.amount = u.amount and h.turn = u.turn
    )
),

sums as (
  select
    p.system,
    p.order_id,
    p.salesforce_system,
    p.salesforce_id,
    sum(p.amount) as amount,
    max_by(p.record_id, (coalesce(p.created_at, timestamp '1970-01-01'), p.record_id)) as record_id
  from paid_out as p
  where p.salesforce_system not in (select m.system from mapped as m)
  group by
    p.system,
    p.order_id,
    p.salesforce_system,
    p.salesforce_id
),

short as (
  select
    p.system,
    p.record_id,
    cast(s.amount - coalesce(sf.refunded, 0) as decimal(38, 6)) as amount,
    p.currency,
    p.created_at,
    p.order_id,
    p.number,
    p.gateway,
    p.salesforce_id,
    coalesce(sf.refunded, 0) as held_amount
  from sums as s
  inner join paid_out as p on s.system = p.system and s.record_id = p.record_id
  inner join orders as sf on s.salesforce_system = sf.system and s.salesforce_id = sf.record_id
  where s.amount - coalesce(sf.refunded, 0) > minor_unit(p.currency)
),

found as (
  select
    m.system,
    m.record_id,
    m.amount,
    m.currency,
    m.created_at,
    m.order_id,
    m.number,
    m.gateway,
    m.salesforce_id,
    m.held_amount
  from missing as m
  union all
  select
    x.system,
    x.record_id,
    x.amount,
    x.currency,
    x.created_at,
    x.order_id,
    x.number,
    x.gateway,
    x.salesforce_id,
    x.held_amount
  from short as x
)

select
  f.system,
  f.record_id,
  f.salesforce_id,
  coalesce(f.number, f.order_id) as label,
  'Order ' || coalesce(f.number, f.order_id) || ' had ' || money_text(f.amount, f.currency) || coalesce(' ' || f.currency, '')
  || ' refunded ' || in_system(f.system) || ' that Salesforce does not show.' as message,
  [diff_field('refunded', money_text(f.amount + coalesce(f.held_amount, 0), f.currency), money_text(f.held_amount, f.currency))] as diff,
  f.amount,
  f.currency,
  f.created_at as occurred_at,
  f.order_id,
  f.gateway
from found as f
