/* +++
title    = "Refunds have the same amount in shop and Salesforce"
question = "Which refunds have another amount in Salesforce than was paid back in the shop?"
severity = "high"
entity   = "refunds"
since    = "0.1"
needs    = [
  "shop.orders",
  "shop.refunds",
  "salesforce.orders",
  "salesforce.refunds.amount|salesforce.orders.refunded",
  "salesforce.refunds.external_ids?",
]
why      = "Revenue after refunds and the balance of the buyer are wrong by the difference, and somebody may pay out the rest once more."
remedy   = "Correct the amount in Salesforce. Goods without their tax, or without the shipping that was given back, point to the field that the integration reads."
false_alarms = "An integration that writes refunds net of tax on purpose; map the field that holds what was paid back."
fix      = "review"
recheck  = true
checked  = """
select count(*)
from refund_pairs as p
where p.shop_currency is not distinct from coalesce(p.salesforce_currency, p.shop_currency)
  and coalesce(p.created_at, timestamp '1970-01-01') < $as_of - to_minutes(cast($grace_minutes as bigint))
"""

[params.grace_minutes]
default = 15
unit    = "minutes"
help    = "Records younger than this may still be on their way."
+++ */
-- Where Salesforce has no refunds but an amount on the order, only too much is told here: too little is a refund that is missing.
with mapped as (
  select c.system
  from coverage as c
  inner join systems as s on c.system = s.system and s.side = 'salesforce'
  where c.entity = 'refunds' and c.field is null and c.readable and c.complete
),

drifted as (
  select
    p.shop_system,
    p.shop_id,
    p.shop_order_id,
    p.number,
    p.salesforce_id,
    p.shop_amount,
    p.salesforce_amount,
    p.shop_currency,
    p.created_at,
    p.method,
    'amount' as field,
    case p.method when 'rest' then 'likely' else 'certain' end as confidence
  from refund_pairs as p
  where
    p.shop_amount <> p.salesforce_amount
    and abs(p.shop_amount - p.salesforce_amount) > minor_unit(p.shop_currency)
    and coalesce(p.salesforce_currency = p.shop_currency, true)
    and coalesce(p.created_at, timestamp '1970-01-01') < $as_of - to_minutes(cast($grace_minutes as bigint))
),

sums as (
  select
    p.shop_system,
    p.shop_order_id,
    p.salesforce_system,
    p.salesforce_order_id,
    max(p.number) as number,
    sum(p.shop_amount) as amount,
    max(p.shop_currency) as currency,
    max(p.created_at) as created_at,
    max_by(p.shop_id, (coalesce(p.created_at, timestamp '1970-01-01'), p.shop_id)) as shop_id
  from refund_pairs as p
  where p.salesforce_system not in (select m.system from mapped as m)
  group by
    p.shop_system,
    p.shop_order_id,
    p.salesforce_system,
    p.salesforce_order_id
),

too_much as (
  select
    s.shop_system,
    s.shop_id,
    s.shop_order_id,
    s.number,
    s.salesforce_order_id as salesforce_id,
    cast(s.amount as decimal(38, 6)) as shop_amount,
    sf.refunded as salesforce_amount,
    s.currency as shop_currency,
    s.created_at,
    'sum' as method,
    'refunded' as field,
    'certain' as confidence
  from sums as s
  inner join orders as sf on s.salesforce_system = sf.system and s.salesforce_order_id = sf.record_id
  where
    sf.refunded - s.amount > minor_unit(s.currency)
    and coalesce(sf.currency = s.currency, true)
    and coalesce(s.created_at, timestamp '1970-01-01') < $as_of - to_minutes(cast($grace_minutes as bigint))
),

found as (
  select
    d.shop_system,
    d.shop_id,
    d.shop_order_id,
    d.number,
    d.salesforce_id,
    d.shop_amount,
    d.salesforce_amount,
    d.shop_currency,
    d.created_at,
    d.method,
    d.field,
    d.confidence
  from drifted as d
  union all
  select
    t.shop_system,
    t.shop_id,
    t.shop_order_id,
    t.number,
    t.salesforce_id,
    t.shop_amount,
    t.salesforce_amount,
    t.shop_currency,
    t.created_at,
    t.method,
    t.field,
    t.confidence
  from too_much as t
)

select
  f.shop_system as system,
  f.shop_id as record_id,
  f.salesforce_id,
  coalesce(f.number, f.shop_order_id) as label,
  'Order ' || coalesce(f.number, f.shop_order_id) || ' had ' || money_text(f.shop_amount, f.shop_currency) || coalesce(' ' || f.shop_currency, '')
  || ' refunded ' || in_system(f.shop_system) || ' and ' || money_text(f.salesforce_amount, f.shop_currency) || coalesce(' ' || f.shop_currency, '')
  || ' in Salesforce.' as message,
  [diff_field(f.field, money_text(f.shop_amount, f.shop_currency), money_text(f.salesforce_amount, f.shop_currency))] as diff,
  cast(abs(f.shop_amount - f.salesforce_amount) as decimal(38, 6)) as amount,
  f.shop_currency as currency,
  f.created_at as occurred_at,
  f.confidence,
  f.shop_order_id as order_id,
  f.method
from found as f
