/* +++
title    = "Prices agree between their owner and Salesforce's price books"
question = "Which products have another price in the matching price book than in the shop, or in the ERP that owns prices?"
severity = "high"
entity   = "prices"
since    = "0.1"
needs    = [
  "shop.products",
  "shop.prices",
  "salesforce.products",
  "salesforce.prices",
  "salesforce.prices.price_list",
  "salesforce.prices.amount",
  "salesforce.prices.currency",
]
why      = "Sales quotes and orders made in Salesforce use the price book; a stale price costs margin or the customer's trust."
remedy   = "Take over the price of the system that owns it. Look at when the price was changed and whether price changes are sent at all."
false_alarms = "Price books that keep net prices beside a shop with gross prices; map the matching book. What only certain companies pay is the question of price.negotiated_drift."
fix      = "safe"
recheck  = true
checked  = """
select count(*)
from price_pairs as p
where p.salesforce_currency = p.currency and not p.is_negotiated
  and coalesce(p.shop_changed_at, timestamp '1970-01-01') < $as_of - to_minutes(cast($grace_minutes as bigint))
"""

[params.grace_minutes]
default = 15
unit    = "minutes"
help    = "Shop records changed later than this may still be on their way."
+++ */
-- Less than the smallest coin is what rounding leaves where one side has more decimals.
with drifted as (
  select
    p.shop_system,
    p.shop_id,
    p.price_list,
    p.store,
    p.currency,
    p.min_quantity,
    p.amount,
    p.shop_changed_at,
    p.salesforce_id,
    p.salesforce_amount
  from price_pairs as p
  where
    p.salesforce_currency = p.currency
    and not p.is_negotiated
    and abs(p.amount - p.salesforce_amount) >= minor_unit(p.currency)
    and coalesce(p.shop_changed_at, timestamp '1970-01-01') < $as_of - to_minutes(cast($grace_minutes as bigint))
)

select
  d.shop_system as system,
  d.shop_id as record_id,
  d.salesforce_id,
  coalesce(v.sku, d.shop_id) as label,
  'Product ' || coalesce(v.sku, d.shop_id) || ' costs ' || money_text(d.amount, d.currency) || ' ' || d.currency || ' ' || in_system(d.shop_system) || ' and '
  || money_text(d.salesforce_amount, d.currency) || ' ' || d.currency || ' in Salesforce'
  || case when d.min_quantity <= 1 then '' else ' from ' || number_text(d.min_quantity) || ' pieces on' end
  || case when d.price_list = 'default' then '' else ' (price list ' || d.price_list || ')' end || '.' as message,
  [diff_field('amount', money_text(d.amount, d.currency), money_text(d.salesforce_amount, d.currency))] as diff,
  abs(d.amount - d.salesforce_amount) as amount,
  d.currency,
  d.shop_changed_at as occurred_at,
  d.price_list,
  d.store,
  v.title
from drifted as d
inner join products as v on d.shop_system = v.system and d.shop_id = v.record_id
