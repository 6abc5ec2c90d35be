/* +++
title    = "Changes of an order after it was copied arrive in Salesforce"
question = "Which orders were edited in the shop after Salesforce last took them over, and lines or total did not follow?"
severity = "high"
entity   = "orders"
since    = "0.2"
needs    = [
  "shop.orders",
  "shop.order_lines",
  "salesforce.orders",
  "salesforce.orders.total",
  "salesforce.orders.last_synced_at?",
  "salesforce.order_lines",
  "salesforce.order_lines.quantity",
]
why      = "Salesforce shows the order as it once was: the wrong goods are sent, the wrong sum is forecast, and nobody sees that it was changed."
remedy   = "Send the listed orders again. Let the integration listen to changes of orders, not only to new ones, and look at its log of that hour."
false_alarms = "Orders whose edits are kept in another object of Salesforce that recon.toml does not name."
fix      = "review"
recheck  = true
checked  = """
select count(*)
from order_pairs as p
where p.is_unsynced is not null and p.is_edited is not false
  and coalesce(p.shop_updated_at, timestamp '1970-01-01') < $as_of - to_minutes(cast($grace_minutes as bigint))
"""

[params.grace_minutes]
default = 15
unit    = "minutes"
help    = "Shop records changed later than this may still be on their way."
+++ */
-- A shop that tells of edits keeps the total as placed beside the current one. One that does not changes the order in place: what it holds
-- now is all that can be compared. Money given back changes the current total as well, which is another question.
with late as (
  select
    p.shop_system,
    p.shop_id,
    p.salesforce_system,
    p.salesforce_id,
    p.number,
    p.shop_currency,
    p.is_edited,
    case when p.is_edited then p.shop_current_total else p.shop_total end as shop_total,
    case when p.is_edited then p.salesforce_current_total else p.salesforce_total end as salesforce_total,
    p.shop_currency = p.salesforce_currency and (p.is_edited is null or coalesce(p.shop_refunded, 0) = 0) as is_comparable
  from order_pairs as p
  where
    p.is_unsynced
    and p.is_edited is not false
    and p.shop_status is distinct from 'cancelled'
    and p.salesforce_status is distinct from 'cancelled'
    and coalesce(p.shop_updated_at, timestamp '1970-01-01') < $as_of - to_minutes(cast($grace_minutes as bigint))
),

lines as (
  select
    l.shop_system,
    l.shop_id,
    l.salesforce_system,
    count(*) as lines
  from late as l
  inner join line_pairs as k on l.shop_system = k.shop_system and l.shop_id = k.shop_order_id and l.salesforce_system = k.salesforce_system
  where (k.salesforce_id is null and k.expected > 0) or k.expected <> k.held
  group by
    l.shop_system,
    l.shop_id,
    l.salesforce_system
),

refunded as (
  select distinct
    l.shop_system,
    l.shop_id
  from late as l
  inner join refunds as r on l.shop_system = r.system and l.shop_id = r.order_id and r.deleted_at is null
),

behind as (
  select
    l.shop_system,
    l.shop_id,
    l.salesforce_system,
    l.salesforce_id,
    l.is_edited,
    coalesce(l.number, l.shop_id) as label,
    l.shop_currency as currency,
    l.shop_total,
    l.salesforce_total,
    coalesce(n.lines, 0) as lines,
    coalesce(
      l.is_comparable
      and (l.is_edited is null or r.shop_id is null)
      and abs(l.salesforce_total - l.shop_total) > minor_unit(l.shop_currency),
      false
    ) as by_total
  from late as l
  left join lines as n on l.shop_system = n.shop_system and l.shop_id = n.shop_id and l.salesforce_system = n.salesforce_system
  left join refunded as r on l.shop_system = r.shop_system and l.shop_id = r.shop_id
)

select
  b.shop_system as system,
  b.shop_id as record_id,
  b.salesforce_id,
  b.label,
  'Order ' || b.label || ' was ' || case when b.is_edited then 'edited ' else 'changed ' end || in_system(b.shop_system)
  || case when o.edited_at is not null then ' on ' || strftime(o.edited_at, '%Y-%m-%d %H:%M') || ' UTC,' else '' end
  || ' after Salesforce last took it over on ' || strftime(coalesce(sf.last_synced_at, sf.updated_at), '%Y-%m-%d %H:%M') || ' UTC; '
  || case when b.by_total then 'the total' else '' end
  || case when b.by_total and b.lines > 0 then ' and ' else '' end
  || case when b.lines = 1 then '1 line' when b.lines > 1 then cast(b.lines as varchar) || ' lines' else '' end
  || ' did not follow.' as message,
  case
    when b.by_total
      then [
        diff_field(
          case when b.is_edited then 'current_total' else 'total' end,
          money_text(b.shop_total, b.currency),
          money_text(b.salesforce_total, b.currency)
        )
      ]
  end as diff,
  case when b.by_total then abs(b.salesforce_total - b.shop_total) end as amount,
  b.currency,
  coalesce(o.edited_at, o.updated_at) as occurred_at,
  b.lines,
  o.updated_at as shop_updated_at,
  sf.last_synced_at
from behind as b
inner join orders as o on b.shop_system = o.system and b.shop_id = o.record_id
inner join orders as sf on b.salesforce_system = sf.system and b.salesforce_id = sf.record_id
where b.by_total or b.lines > 0
