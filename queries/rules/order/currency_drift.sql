/* +++
title    = "Orders have the same currency in shop and Salesforce"
question = "Which orders are in another currency in Salesforce, or hold the amount of the other currency of the pair?"
severity = "critical"
entity   = "orders"
since    = "0.1"
needs    = ["shop.orders", "salesforce.orders", "salesforce.orders.currency", "salesforce.orders.total"]
why      = "An amount under the wrong currency is wrong by the whole exchange rate and goes unnoticed, because it looks like any other amount."
remedy   = "Map the shop's own currency and amounts, or the buyer's, but both from the same side. Then send the listed orders again."
false_alarms = "An org that converts every amount into its own currency: map the fields that hold the shop's amounts, or the buyer's. Orders that hold the buyer's currency and amount, both, are no finding."
fix      = "review"
recheck  = true
checked  = """
select count(*)
from order_pairs as p
where p.shop_currency is not null and p.salesforce_currency is not null
"""
+++ */
-- The buyer's amount under the buyer's currency is as right as the shop's under the shop's.
with drifted as (
  select
    p.shop_system,
    p.shop_id,
    p.salesforce_id,
    p.shop_currency,
    p.salesforce_currency,
    p.shop_total,
    p.salesforce_total,
    p.presentment_currency,
    coalesce(p.number, p.shop_id) as label,
    coalesce(p.placed_at, p.shop_created_at) as occurred_at,
    coalesce(p.shop_currency <> p.salesforce_currency, false) as by_code
  from order_pairs as p
  where
    (
      p.shop_currency <> p.salesforce_currency
      and not coalesce(
        p.salesforce_currency = p.presentment_currency
        and abs(p.salesforce_total - p.presentment_total) <= minor_unit(p.presentment_currency),
        false
      )
    )
    or (
      p.salesforce_total = p.presentment_total
      and p.presentment_total <> p.shop_total
      and p.presentment_currency <> p.shop_currency
      and p.salesforce_currency is distinct from p.presentment_currency
    )
)

select
  d.shop_system as system,
  d.shop_id as record_id,
  d.salesforce_id,
  d.label,
  case
    when d.by_code
      then 'Order ' || d.label || ' is in ' || d.shop_currency || ' ' || in_system(d.shop_system) || ' and in ' || d.salesforce_currency || ' in Salesforce.'
    else
      'Order ' || d.label || ' totals ' || money_text(d.shop_total, d.shop_currency) || ' ' || d.shop_currency
      || ' ' || in_system(d.shop_system) || '; Salesforce holds ' || money_text(d.salesforce_total, d.presentment_currency) || ', which is the amount in '
      || d.presentment_currency || '.'
  end as message,
  diff_of([
    diff_if('currency', d.shop_currency, d.salesforce_currency),
    diff_if(
      'total', money_text(d.shop_total, d.shop_currency), money_text(d.salesforce_total, coalesce(d.salesforce_currency, d.presentment_currency))
    )
  ]) as diff,
  d.shop_total as amount,
  d.shop_currency as currency,
  d.occurred_at,
  d.presentment_currency,
  o.channel
from drifted as d
inner join orders as o on d.shop_system = o.system and d.shop_id = o.record_id
