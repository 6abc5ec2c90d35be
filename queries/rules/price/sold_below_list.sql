/* +++
title    = "Nothing is sold below every price list without a discount"
question = "Which order lines were sold for less than any price list asks, with no discount to explain it?"
severity = "medium"
entity   = "order_lines"
since    = "0.2"
needs    = [
  "shop.orders",
  "shop.order_lines",
  "shop.order_lines.unit_price",
  "shop.products",
  "shop.prices",
  "shop.prices.amount",
  "shop.prices.held_since",
  "owner.prices",
  "owner.prices.amount",
  "owner.prices.held_since",
]
why      = "Margin is given away that nobody decided on: a page with old prices, a price typed over, or an app that makes up its own."
remedy   = "Look who or what made the order, and where its price came from. Enter agreed prices as a discount or a price list, so that the next audit knows them."
false_alarms = "Prices agreed by the sales team for one order, exchanges at another price of which the platform keeps no trace, subscriptions of an app that leaves none in the shop, and lists that were deleted since. Edited orders, orders with any discount, and orders placed before the last change of a price are not judged; where lists may contain tax, what is only lower by a tax is not found."
fix      = "none"
checked  = """
with shares as (
  select
    count(*) as lines,
    count(*) filter (
      where (100 - $tolerance_percent) * s.asked > greatest(100 * s.paid, coalesce((100 + $highest_tax_percent) * s.bare, 0))
      and 100 * s.asked - greatest(100 * s.paid, coalesce((100 + $highest_tax_percent) * s.bare, 0)) >= 100 * minor_unit(s.currency) * s.quantity
    ) as below
  from list_sales as s
  where s.placed_at >= s.held_since + to_hours(cast($settle_hours as bigint))
  group by s.system, s.currency, s.channel
)
select coalesce(sum(a.lines), 0) from shares as a where 100 * a.below <= (100 - $explained_percent) * a.lines
"""

[params.tolerance_percent]
default = 1
unit    = "percent"
help    = "A line counts as sold below the list only where it is lower by more than this."

[params.highest_tax_percent]
default = 27
unit    = "percent"
help    = "Highest tax that a list may contain; in a shop that sells at home only, the tax at home."

[params.settle_hours]
default = 24
unit    = "hours"
help    = "An order is judged only where its prices had been asked for so long: carts and checkouts that lay open keep the old ones."

[params.explained_percent]
default = 95
unit    = "percent"
help    = "Where fewer lines of a shop, currency and channel than this are sold at its lists, it evidently sells by prices that recon cannot see, and none of its lines is judged."
+++ */
-- Whatever a list may contain of taxes, a line is judged by its price without tax and the highest tax. All in hundredths, so that nothing is divided.
with held as (
  select
    s.system,
    s.record_id,
    s.currency,
    coalesce(s.channel, '') as channel,
    s.lowest,
    s.asked - s.paid as missing,
    (100 - $tolerance_percent) * s.asked > greatest(100 * s.paid, coalesce((100 + $highest_tax_percent) * s.bare, 0))
    and 100 * s.asked - greatest(100 * s.paid, coalesce((100 + $highest_tax_percent) * s.bare, 0)) >= 100 * minor_unit(s.currency) * s.quantity
      as is_below
  from list_sales as s
  where s.placed_at >= s.held_since + to_hours(cast($settle_hours as bigint))
),

-- Few lines tell nothing of themselves: below twenty a single one is more than the share that may be unexplained.
explained as (
  select
    h.system,
    h.currency,
    h.channel
  from held as h
  group by
    h.system,
    h.currency,
    h.channel
  having 100 * count(*) filter (where h.is_below) <= (100 - $explained_percent) * count(*)
),

below as (
  select
    h.system,
    h.record_id,
    h.lowest,
    h.missing,
    l.order_id,
    l.variant_id,
    l.currency,
    l.quantity,
    l.unit_price,
    l.tax,
    l.tax_included,
    o.customer_id,
    coalesce(o.number, o.record_id) as number,
    o.placed_at,
    o.channel
  from held as h
  semi join explained as e on h.system = e.system and h.currency = e.currency and h.channel = e.channel
  inner join order_lines as l on h.system = l.system and h.record_id = l.record_id
  inner join orders as o on l.system = o.system and l.order_id = o.record_id
  where h.is_below
),

-- Who pays less in several orders has prices of his own.
regulars as (
  select
    b.system,
    b.customer_id
  from below as b
  where b.customer_id is not null
  group by
    b.system,
    b.customer_id
  having count(distinct b.order_id) > 1
),

-- Where an order holds something else at the same price, the one was exchanged for the other, which not every platform tells.
exchanged as (
  select distinct
    b.system,
    b.record_id
  from below as b
  inner join order_lines as l
    on b.system = l.system and b.order_id = l.order_id and b.record_id <> l.record_id
  where abs(b.unit_price - l.unit_price) < minor_unit(b.currency)
)

select
  b.system,
  b.record_id,
  cast(null as varchar) as salesforce_id,
  b.number || ' ' || coalesce(v.sku, b.variant_id) as label,
  'Order ' || b.number || ' sold product ' || coalesce(v.sku, b.variant_id) || ' for '
  || money_text(b.unit_price, b.currency) || ' ' || b.currency
  || case when b.tax_included is false and b.tax <> 0 then ' without tax' else '' end || '; the lowest list price is '
  || money_text(b.lowest, b.currency) || ' ' || b.currency || '.' as message,
  b.missing - case when b.tax_included is false then coalesce(b.tax, 0) else 0 end as amount,
  b.currency,
  b.placed_at as occurred_at,
  v.title,
  b.channel,
  number_text(b.quantity) as quantity
from below as b
inner join products as v on b.system = v.system and b.variant_id = v.record_id
anti join regulars as r on b.system = r.system and b.customer_id = r.customer_id
anti join exchanged as x on b.system = x.system and b.record_id = x.record_id
