/* +++
title    = "Price book entries are in the currency of their list"
question = "Which products have a price in Salesforce only in a currency that their list does not use?"
severity = "high"
entity   = "prices"
since    = "0.2"
needs    = [
  "shop.products",
  "shop.prices",
  "salesforce.products",
  "salesforce.prices",
  "salesforce.prices.price_list",
  "salesforce.prices.amount",
  "salesforce.prices.currency",
]
why      = "A price of 100 in the wrong currency is another price, and quotes in the right currency find none at all."
remedy   = "Make an entry in the currency of the list and set the other one inactive. Look whether the integration writes the currency, or leaves it to the default of its own user."
false_alarms = "Books that convert a list into another currency on purpose; give them a list of their own in the mapping."
fix      = "review"
recheck  = true
checked  = """
select count(*)
from price_pairs as p
where p.salesforce_id is not null and p.min_quantity <= 1
  and coalesce(p.shop_changed_at, timestamp '1970-01-01') < $as_of - to_minutes(cast($grace_minutes as bigint))
"""

[params.grace_minutes]
default = 15
unit    = "minutes"
help    = "Shop records changed later than this may still be on their way."
+++ */
-- Where the owner asks for the product in several currencies, the entry stands for each of them, and is one finding.
with foreign_entries as (
  select
    p.shop_system,
    p.shop_id,
    p.price_list,
    p.store,
    p.currency,
    p.amount,
    p.shop_changed_at,
    p.salesforce_id,
    p.salesforce_currency,
    p.salesforce_amount,
    row_number() over (partition by p.shop_system, p.shop_id, p.salesforce_id order by p.currency) as place
  from price_pairs as p
  where
    p.salesforce_currency <> p.currency
    and p.min_quantity <= 1
    and coalesce(p.shop_changed_at, timestamp '1970-01-01') < $as_of - to_minutes(cast($grace_minutes as bigint))
)

select
  f.shop_system as system,
  f.shop_id as record_id,
  f.salesforce_id,
  coalesce(v.sku, f.shop_id) as label,
  'Product ' || coalesce(v.sku, f.shop_id) || ' costs ' || money_text(f.amount, f.currency) || ' ' || f.currency || ' ' || in_system(f.shop_system) || ' and '
  || money_text(f.salesforce_amount, f.salesforce_currency) || ' ' || f.salesforce_currency || ' in Salesforce'
  || case when f.amount = f.salesforce_amount then ', the same number in another currency' else '' end
  || case when f.price_list = 'default' then '' else ' (price list ' || f.price_list || ')' end || '.' as message,
  [
    diff_field('amount', money_text(f.amount, f.currency), money_text(f.salesforce_amount, f.salesforce_currency)),
    diff_field('currency', f.currency, f.salesforce_currency)
  ] as diff,
  f.amount,
  f.currency,
  f.shop_changed_at as occurred_at,
  f.price_list,
  f.store,
  v.title
from foreign_entries as f
inner join products as v on f.shop_system = v.system and f.shop_id = v.record_id
where f.place = 1
