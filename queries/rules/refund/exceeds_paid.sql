/* +++
title    = "Nobody gets back more than was paid"
question = "Which orders had more money refunded than their buyer ever paid?"
severity = "high"
entity   = "orders"
since    = "0.1"
needs    = ["shop.orders", "shop.refunds", "shop.payments|shop.orders.total"]
why      = "The difference is money given away: a refund made twice, once in the shop and once at the payment provider, or a mistyped amount."
remedy   = "Ask the payment provider which of the refunds were really paid out, and claim back what was too much."
false_alarms = "Orders that were paid for outside the shop in part, so that it only knows the rest; goodwill above the price that was meant."
fix      = "none"
recheck  = true
checked  = """
select count(*)
from (
  select distinct
    r.system,
    r.order_id
  from refunds as r
  inner join systems as s on r.system = s.system and s.side = 'shop'
  where r.deleted_at is null and r.money_moved and r.amount > 0
) as c
"""
+++ */
-- What was paid are the payments that went through. Where none is known, or not all were read, the total stands for them.
with given_back as (
  select
    r.system,
    r.order_id,
    sum(r.amount) as amount,
    count(*) as refunds,
    max(r.created_at) as created_at
  from refunds as r
  inner join systems as s on r.system = s.system and s.side = 'shop'
  where r.deleted_at is null and r.money_moved and r.amount > 0
  group by
    r.system,
    r.order_id
),

-- Only orders with refunds: few, so that payments are looked at for them alone.
suspects as (
  select
    g.system,
    g.order_id,
    g.amount,
    g.refunds,
    g.created_at,
    o.number,
    o.total,
    o.current_total,
    o.currency,
    o.gateway,
    -- Who paid a rounded sum in cash gets a rounded sum back.
    coalesce(abs(try_cast(json_extract_string(o.extra, '$.cash_rounding') as decimal(38, 6))), 0) + minor_unit(o.currency) as tolerance
  from given_back as g
  inner join orders as o on g.system = o.system and g.order_id = o.record_id
  where o.is_test is not true
),

received as (
  select
    p.system,
    p.order_id,
    sum(p.amount) as amount
  from payments as p
  inner join suspects as x on p.system = x.system and p.order_id = x.order_id
  inner join coverage as c on p.system = c.system and c.entity = 'payments' and c.field is null and c.readable and c.complete
  where p.kind in ('sale', 'capture') and p.status = 'success' and p.is_test is not true
  group by
    p.system,
    p.order_id
),

compared_amounts as (
  select
    x.system,
    x.order_id,
    x.number,
    x.amount,
    x.refunds,
    x.created_at,
    x.currency,
    x.gateway,
    x.tolerance,
    r.amount is not null as is_known,
    cast(coalesce(r.amount, greatest(x.total, x.current_total)) as decimal(38, 6)) as paid
  from suspects as x
  left join received as r on x.system = r.system and x.order_id = r.order_id
)

select
  a.system,
  a.order_id as record_id,
  cast(null as varchar) as salesforce_id,
  coalesce(a.number, a.order_id) as label,
  'Order ' || coalesce(a.number, a.order_id) || ' had ' || money_text(a.amount, a.currency) || coalesce(' ' || a.currency, '') || ' refunded, but only '
  || money_text(a.paid, a.currency) || coalesce(' ' || a.currency, '') || case when a.is_known then ' was paid.' else ' was to be paid.' end as message,
  cast(a.amount - a.paid as decimal(38, 6)) as amount,
  a.currency,
  a.created_at as occurred_at,
  a.refunds,
  a.gateway
from compared_amounts as a
where a.amount - a.paid > a.tolerance
