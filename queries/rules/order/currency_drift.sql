/* +++
title    = "Orders have the same currency in shop and Salesforce"
question = "Which orders are in another currency in Salesforce, or hold the amount of the other currency of the pair?"
severity = "critical"
entity   = "orders"
since    = "0.1"
needs    = ["shop.orders", "salesforce.orders", "salesforce.orders.currency", "salesforce.orders.total"]
why      = "An amount under the wrong currency is wrong by the whole exchange rate and goes unnoticed, because it looks like any other amount."
remedy   = "Map the shop's own currency and amounts, or the buyer's, but both from the same side. Then send the listed orders again."
false_alarms = "None known: amount and currency always belong together."
fix      = "review"
recheck  = true
checked  = """
select count(*)
from order_links as l
inner join orders as o on l.shop_system = o.system and l.shop_id = o.record_id
inner join orders as sf on l.salesforce_system = sf.system and l.salesforce_id = sf.record_id
where l.is_primary and o.is_test is not true and o.currency is not null and sf.currency is not null
"""
+++ */
with drifted as (
  select
    l.shop_system,
    l.shop_id,
    l.salesforce_id,
    o.number,
    o.currency,
    o.total,
    o.presentment_currency,
    o.channel,
    coalesce(o.placed_at, o.created_at) as occurred_at,
    sf.currency as sf_currency,
    sf.total as sf_total,
    coalesce(o.currency <> sf.currency, false) as by_code
  from order_links as l
  inner join orders as o on l.shop_system = o.system and l.shop_id = o.record_id
  inner join orders as sf on l.salesforce_system = sf.system and l.salesforce_id = sf.record_id
  where
    l.is_primary
    and o.is_test is not true
    and (
      o.currency <> sf.currency
      or (sf.total = o.presentment_total and o.presentment_total <> o.total and o.presentment_currency <> o.currency)
    )
)

select
  d.shop_system as system,
  d.shop_id as record_id,
  d.salesforce_id,
  coalesce(d.number, d.shop_id) as label,
  case
    when d.by_code
      then
        'Order ' || coalesce(d.number, d.shop_id) || ' is in ' || d.currency || ' in the shop and in ' || d.sf_currency || ' in Salesforce.'
    else
      'Order ' || coalesce(d.number, d.shop_id) || ' totals ' || money_text(d.total, d.currency) || ' ' || d.currency
      || ' in the shop; Salesforce holds ' || money_text(d.sf_total, d.presentment_currency) || ', which is the amount in '
      || d.presentment_currency || '.'
  end as message,
  diff_of([
    diff_if('currency', d.currency, d.sf_currency),
    diff_if('total', money_text(d.total, d.currency), money_text(d.sf_total, coalesce(d.sf_currency, d.presentment_currency)))
  ]) as diff,
  d.total as amount,
  d.currency,
  d.occurred_at,
  d.presentment_currency,
  d.channel
from drifted as d
