/* +++
title    = "Every running subscription makes its orders"
question = "Which running subscriptions have no order for the period that was due?"
severity = "high"
entity   = "subscriptions"
since    = "0.1"
needs    = [
  "owner.subscriptions",
  "owner.subscriptions.next_billing_at",
  "owner.subscriptions.interval",
  "owner.orders",
  "owner.orders.customer_id",
]
why      = "The customer is entitled to something that nobody charges or sends: lost revenue now, and a complaint or a chargeback later."
remedy   = "Look whether the scheduler of the shop runs, and at the payment method of the customer. Make up the missing renewals, or pause the subscription."
false_alarms = "Free trials without an order of nothing, and subscriptions whose orders another system keeps."
checked  = """
select count(*)
from subscriptions as c
inner join compared as s on c.system = s.system and s.entity = 'subscriptions'
where c.deleted_at is null and c.status = 'active' and c.customer_id is not null and c.next_billing_at is not null
  and interval_before(c.next_billing_at, c.interval) is not null
"""

[params.tolerance_days]
default = 3
unit    = "days"
help    = "How far an order may lie from the day of billing: payments are tried again for some days."
+++ */
-- What should have been billed last: the date that stands there where it has passed, else the one an interval earlier.
with due as (
  select
    c.system,
    c.record_id,
    c.customer_id,
    c.amount,
    c.currency,
    c.interval,
    c.next_billing_at,
    case
      when c.next_billing_at < $as_of - to_days(cast($tolerance_days as integer)) then c.next_billing_at
      else interval_before(c.next_billing_at, c.interval)
    end as due_at
  from subscriptions as c
  inner join compared as s on c.system = s.system and s.entity = 'subscriptions'
  where
    c.deleted_at is null
    and c.status = 'active'
    and c.customer_id is not null
    and c.next_billing_at is not null
    and interval_before(c.next_billing_at, c.interval) is not null
),

-- Orders of the time before the window that was read prove nothing.
asked as (
  select d.*
  from due as d
  where
    d.due_at < $as_of - to_days(cast($tolerance_days as integer))
    and not exists (
      select 1
      from coverage as w
      where
        w.system = d.system
        and w.entity = 'orders'
        and w.field is null
        and w.window_from > d.due_at - to_days(cast($tolerance_days as integer))
    )
)

select
  a.system,
  a.record_id,
  cast(null as varchar) as salesforce_id,
  a.record_id as label,
  'Subscription ' || a.record_id || ' was to be billed on ' || strftime(a.due_at, '%Y-%m-%d')
  || ', but its customer has no order of that time ' || in_system(a.system) || '.' as message,
  a.amount,
  a.currency,
  a.due_at as occurred_at,
  a.customer_id,
  a.interval,
  a.next_billing_at
from asked as a
where
  not exists (
    select 1
    from orders as o
    where
      o.system = a.system
      and o.customer_id = a.customer_id
      and o.deleted_at is null
      and coalesce(o.placed_at, o.created_at)
      between a.due_at - to_days(cast($tolerance_days as integer)) and a.due_at + to_days(cast($tolerance_days as integer))
  )
