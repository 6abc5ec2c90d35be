/* +++
title    = "Every return and exchange is in Salesforce"
question = "Which returns and exchanges of linked orders are not in Salesforce?"
severity = "medium"
entity   = "returns"
since    = "0.1"
needs    = ["shop.orders", "shop.returns", "salesforce.orders", "salesforce.returns", "salesforce.returns.external_ids?"]
why      = "Service does not know that goods are on their way back: buyers are told to wait, or get their money twice."
remedy   = "Send the listed returns again, and look whether the integration reads returns at all or only the refunds that follow them."
false_alarms = "Returns that are handled outside Salesforce on purpose. Where Salesforce holds others of the order without ids, which of the shop's is missing is only likely; those that may be it are named."
fix      = "review"
recheck  = true
optional = true
checked  = """
select count(*)
from return_pairs as p
where p.shop_status in ('open', 'closed')
  and coalesce(p.shop_changed_at, timestamp '1970-01-01') < $as_of - to_minutes(cast($grace_minutes as bigint))
"""

[params.grace_minutes]
default = 15
unit    = "minutes"
help    = "Shop records changed later than this may still be on their way."
+++ */
with lost as (
  select
    p.shop_system,
    p.shop_id,
    p.shop_order_id,
    p.number,
    p.salesforce_system,
    p.salesforce_order_id,
    p.shop_status,
    p.created_at
  from return_pairs as p
  where
    p.salesforce_id is null
    -- What was only asked for, declined or taken back moves no goods.
    and p.shop_status in ('open', 'closed')
    and coalesce(p.shop_changed_at, timestamp '1970-01-01') < $as_of - to_minutes(cast($grace_minutes as bigint))
),

orders_short as (
  select distinct
    x.salesforce_system,
    x.salesforce_order_id
  from lost as x
),

-- What was taken for another return of the order by its place alone may be this one.
perhaps as (
  select
    p.salesforce_system,
    p.salesforce_order_id,
    list(related_record(p.salesforce_system, p.salesforce_id) order by p.salesforce_id) as related
  from return_pairs as p
  inner join orders_short as x on p.salesforce_system = x.salesforce_system and p.salesforce_order_id = x.salesforce_order_id
  where p.method = 'position'
  group by
    p.salesforce_system,
    p.salesforce_order_id
)

select
  x.shop_system as system,
  x.shop_id as record_id,
  cast(null as varchar) as salesforce_id,
  coalesce(x.number, x.shop_order_id) as label,
  'A return of order ' || coalesce(x.number, x.shop_order_id) || ' is ' || x.shop_status || ' ' || in_system(x.shop_system)
  || ' and not in Salesforce' || case
    when h.related is null then '.'
    else '; what Salesforce holds of the order has no ids, so that it may be another of its returns.'
  end as message,
  x.created_at as occurred_at,
  case when h.related is null then 'certain' else 'likely' end as confidence,
  h.related,
  x.shop_order_id as order_id,
  x.salesforce_order_id,
  x.shop_status as status
from lost as x
left join perhaps as h on x.salesforce_system = h.salesforce_system and x.salesforce_order_id = h.salesforce_order_id
