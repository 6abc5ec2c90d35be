/* +++
title    = "Every shop sells at the prices of the ERP that owns them"
question = "Which products cost something else in a shop than in the ERP that owns prices?"
severity = "high"
entity   = "prices"
since    = "0.2"
needs    = ["follower.products", "follower.prices", "erp.products", "erp.prices", "erp.prices.amount", "erp.prices.currency"]
why      = "The buyer pays a price that nobody calculated: it costs margin, or the invoice does not fit the order."
remedy   = "Take over the price of the ERP in the shop, and look for the update of prices that did not arrive."
false_alarms = "Offers that only the shop runs, and a list that is net in one system and gross in the other."
fix      = "none"
recheck  = true
checked  = """
select count(*)
from current_prices as p
inner join followers as f on p.system = f.system and f.entity = 'prices'
inner join product_twins as t on p.system = t.shop_system and p.variant_id = t.shop_id and f.owner = t.erp_system
inner join current_prices as e
  on
    t.erp_system = e.system and t.erp_id = e.variant_id and p.price_list = e.price_list and p.currency = e.currency
    and p.min_quantity = e.min_quantity and coalesce(p.company_key, '') = coalesce(e.company_key, '')
where (e.store is null or e.store = p.system)
  and coalesce(greatest(p.updated_at, e.updated_at), timestamp '1970-01-01') < $as_of - to_minutes(cast($grace_minutes as bigint))
"""

[params.grace_minutes]
default = 15
unit    = "minutes"
help    = "Records changed later than this in either system may still be on their way."
+++ */
-- A price that the ERP keeps for one shop goes before the one for all of them.
with compared_prices as (
  select
    p.system,
    p.variant_id,
    p.price_list,
    p.currency,
    p.min_quantity,
    p.amount,
    p.updated_at,
    e.system as erp_system,
    e.record_id as erp_id,
    e.amount as erp_amount,
    e.updated_at as erp_updated_at,
    row_number() over (partition by p.system, p.record_id, e.system order by e.store is null, e.record_id) as place
  from current_prices as p
  inner join followers as f on p.system = f.system and f.entity = 'prices'
  inner join product_twins as t on p.system = t.shop_system and p.variant_id = t.shop_id and f.owner = t.erp_system
  inner join current_prices as e
    on
      t.erp_system = e.system
      and t.erp_id = e.variant_id
      and p.price_list = e.price_list
      and p.currency = e.currency
      and p.min_quantity = e.min_quantity
      and coalesce(p.company_key, '') = coalesce(e.company_key, '')
  where e.store is null or e.store = p.system
)

select
  x.system,
  x.variant_id as record_id,
  cast(null as varchar) as salesforce_id,
  x.erp_id as discriminator,
  coalesce(v.sku, x.variant_id) as label,
  'Product ' || coalesce(v.sku, x.variant_id) || ' costs ' || money_text(x.amount, x.currency) || ' ' || x.currency || ' '
  || in_system(x.system) || ' and ' || money_text(x.erp_amount, x.currency) || ' ' || x.currency || ' ' || in_system(x.erp_system)
  || case when x.min_quantity <= 1 then '' else ' from ' || number_text(x.min_quantity) || ' pieces on' end
  || case when x.price_list = 'default' then '' else ' (price list ' || x.price_list || ')' end || '.' as message,
  [diff_field('amount', money_text(x.amount, x.currency), money_text(x.erp_amount, x.currency))] as diff,
  abs(x.amount - x.erp_amount) as amount,
  x.currency,
  greatest(x.updated_at, x.erp_updated_at) as occurred_at,
  [related_record(x.erp_system, x.erp_id)] as related,
  x.price_list,
  v.title
from compared_prices as x
inner join products as v on x.system = v.system and x.variant_id = v.record_id
where
  x.place = 1
  and abs(x.amount - x.erp_amount) >= minor_unit(x.currency)
  and coalesce(greatest(x.updated_at, x.erp_updated_at), timestamp '1970-01-01') < $as_of - to_minutes(cast($grace_minutes as bigint))
