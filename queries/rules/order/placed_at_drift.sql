/* +++
title    = "Orders have the same date in shop and Salesforce"
question = "Which orders have another date or time in Salesforce than the buyer placed them at, and is it a time zone or the day of the sync?"
severity = "medium"
entity   = "orders"
since    = "0.2"
needs    = [
  "shop.orders",
  "salesforce.orders",
  "salesforce.orders.placed_at|salesforce.orders.placed_date",
  "salesforce.orders.placed_at?",
  "salesforce.orders.placed_date?",
]
why      = "Revenue falls into the wrong day, month or quarter, and every report by day contradicts the shop's."
remedy   = "A gap of whole hours is a lost time zone: send times with their offset. The day of the sync means that the field is filled with now; map the shop's own date."
false_alarms = "A field that holds another date on purpose, such as the day of delivery; map the one that holds the order's."
fix      = "review"
recheck  = true
optional = true
checked  = """
select count(*)
from order_pairs as p
where p.placed_at is not null and (p.salesforce_placed_at is not null or p.salesforce_placed_date is not null)
"""

[params.tolerance_seconds]
default = 60
unit    = "seconds"
help    = "Times may differ by this much; some fields keep whole minutes."
+++ */
-- A day without a time agrees where it is that day in UTC or in the zone of either system.
with other as (
  select
    p.shop_system,
    p.shop_id,
    p.salesforce_system,
    p.salesforce_id,
    coalesce(p.number, p.shop_id) as label,
    p.shop_total as amount,
    p.shop_currency as currency,
    p.placed_at,
    p.salesforce_placed_at,
    p.salesforce_placed_date,
    p.salesforce_created_at
  from order_pairs as p
  where
    (
      p.salesforce_placed_at is not null
      and p.salesforce_placed_at <> p.placed_at
      and abs(date_diff('second', p.placed_at, p.salesforce_placed_at)) > cast($tolerance_seconds as bigint)
    )
    or (p.salesforce_placed_at is null and p.salesforce_placed_date <> cast(p.placed_at as date))
),

zoned as (
  select
    x.*,
    coalesce(s.time_zone, 'UTC') as shop_zone,
    coalesce(f.time_zone, 'UTC') as salesforce_zone,
    case when x.salesforce_placed_at is not null then date_diff('second', x.placed_at, x.salesforce_placed_at) end as seconds
  from other as x
  inner join systems as s on x.shop_system = s.system
  inner join systems as f on x.salesforce_system = f.system
),

named as (
  select
    z.shop_system,
    z.shop_id,
    z.salesforce_id,
    z.label,
    z.amount,
    z.currency,
    z.placed_at,
    z.salesforce_created_at,
    case
      when
        z.salesforce_placed_at is null
        and z.salesforce_placed_date in (
          cast(z.salesforce_created_at as date),
          cast((z.salesforce_created_at at time zone 'UTC') at time zone z.shop_zone as date),
          cast((z.salesforce_created_at at time zone 'UTC') at time zone z.salesforce_zone as date)
        )
        then 'sync_day'
      when abs(date_diff('second', z.salesforce_created_at, z.salesforce_placed_at)) <= cast($tolerance_seconds as bigint) then 'sync_day'
      -- Half a day and two hours more is as far as zones lie apart from UTC.
      when
        abs(z.seconds) between 3000 and 51000
        and least(abs(z.seconds) % 3600, 3600 - abs(z.seconds) % 3600) <= cast($tolerance_seconds as bigint)
        then 'time_zone'
    end as explained_by,
    z.seconds,
    (abs(z.seconds) + 1800) // 3600 as hours,
    strftime(z.placed_at, '%Y-%m-%d %H:%M') || ' UTC' as shop_text,
    coalesce(strftime(z.salesforce_placed_at, '%Y-%m-%d %H:%M') || ' UTC', strftime(z.salesforce_placed_date, '%Y-%m-%d')) as salesforce_text
  from zoned as z
  where
    z.salesforce_placed_at is not null
    or (
      z.salesforce_placed_date <> cast((z.placed_at at time zone 'UTC') at time zone z.shop_zone as date)
      and z.salesforce_placed_date <> cast((z.placed_at at time zone 'UTC') at time zone z.salesforce_zone as date)
    )
)

select
  n.shop_system as system,
  n.shop_id as record_id,
  n.salesforce_id,
  n.label,
  'Order ' || n.label || ' was placed on ' || n.shop_text || ' ' || in_system(n.shop_system) || '; Salesforce holds ' || n.salesforce_text
  || case n.explained_by
    when 'time_zone'
      then
        ', ' || cast(n.hours as varchar) || case n.hours when 1 then ' hour ' else ' hours ' end
        || case when n.seconds > 0 then 'later' else 'earlier' end || ': a time zone was lost'
    when 'sync_day' then ', when the record was made there'
    else ''
  end || '.' as message,
  [diff_field('placed_at', n.shop_text, n.salesforce_text)] as diff,
  n.amount,
  n.currency,
  n.placed_at as occurred_at,
  n.explained_by,
  n.salesforce_created_at
from named as n
