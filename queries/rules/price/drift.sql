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
false_alarms = "Price books that keep net prices beside a shop with gross prices; map the matching book."
fix      = "safe"
recheck  = true
checked  = """
select count(*)
from prices as p
inner join compared as c on p.system = c.system and c.entity = 'prices'
inner join product_links as l on p.system = l.shop_system and p.variant_id = l.shop_id and l.is_primary
inner join prices as sf on l.salesforce_system = sf.system and l.salesforce_id = sf.variant_id and p.price_list = sf.price_list and p.currency = sf.currency
left join compared as t on sf.store = t.system and t.entity = 'prices'
where (t.system is null or t.system = p.system) and p.deleted_at is null and sf.deleted_at is null and coalesce(p.min_quantity, 1) <= 1 and p.is_active is not false and sf.is_active is not false
"""

[params.grace_minutes]
default = 15
unit    = "minutes"
help    = "Shop records changed later than this may still be on their way."
+++ */
with paired as (
  select
    l.shop_system,
    l.shop_id,
    sf.record_id as salesforce_id,
    p.price_list,
    p.currency,
    p.amount,
    p.sku_key,
    p.updated_at,
    sf.amount as sf_amount
  from prices as p
  inner join compared as c on p.system = c.system and c.entity = 'prices'
  inner join product_links as l on p.system = l.shop_system and p.variant_id = l.shop_id and l.is_primary
  inner join prices as sf
    on
      l.salesforce_system = sf.system
      and l.salesforce_id = sf.variant_id
      and p.price_list = sf.price_list
      and p.currency = sf.currency
  left join compared as t on sf.store = t.system and t.entity = 'prices'
  where
    (t.system is null or t.system = p.system)
    and coalesce(p.min_quantity, 1) <= 1
    and coalesce(sf.min_quantity, 1) <= 1
    and p.company_id is null
    and sf.company_id is null
    and p.is_active is not false
    and sf.is_active is not false
    and p.deleted_at is null
    and sf.deleted_at is null
    and coalesce(p.valid_from <= $as_of, true)
    and coalesce(p.valid_to > $as_of, true)
    and coalesce(p.updated_at, timestamp '1970-01-01') < $as_of - to_minutes(cast($grace_minutes as bigint))
)

select
  x.shop_system as system,
  x.shop_id as record_id,
  x.salesforce_id,
  coalesce(v.sku, x.sku_key, x.shop_id) as label,
  'Product ' || coalesce(v.sku, x.sku_key, x.shop_id) || ' costs ' || money_text(x.amount, x.currency) || ' ' || x.currency || ' ' || in_system(x.shop_system) || ' and '
  || money_text(x.sf_amount, x.currency) || ' ' || x.currency || ' in Salesforce'
  || case when x.price_list = 'default' then '' else ' (price list ' || x.price_list || ')' end || '.' as message,
  [diff_field('amount', money_text(x.amount, x.currency), money_text(x.sf_amount, x.currency))] as diff,
  abs(x.amount - x.sf_amount) as amount,
  x.currency,
  x.updated_at as occurred_at,
  x.price_list,
  v.title
from paired as x
inner join products as v on x.shop_system = v.system and x.shop_id = v.record_id
where x.amount <> x.sf_amount
