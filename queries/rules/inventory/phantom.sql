/* +++
title    = "Salesforce offers nothing that its owner has sold out"
question = "Which products does Salesforce show in stock although their owner has none left anywhere?"
severity = "high"
entity   = "products"
owned    = "inventory_levels"
since    = "0.2"
needs    = [
  "owner.inventory_levels",
  "owner.products",
  "salesforce.products",
  "salesforce.inventory_levels",
  "salesforce.inventory_levels.on_hand|salesforce.inventory_levels.available",
]
why      = "Sales takes orders that nobody can deliver; each of them ends in an apology and a refund."
remedy   = "Set the stock in Salesforce to nothing, look at the orders taken since, and find out why the last movements were not sent."
false_alarms = "Goods on their way that sales may promise already, and stock that only Salesforce keeps, such as demonstration pieces."
fix      = "review"
recheck  = true
checked  = """
select count(*)
from (
  select distinct
    p.shop_system,
    p.salesforce_system,
    p.salesforce_product_id
  from inventory_pairs as p
  where p.shop_quantity is not null and p.salesforce_quantity is not null
) as c
"""

[params.grace_minutes]
default = 15
unit    = "minutes"
help    = "Stock changed later than this may still be on its way."
+++ */
with summed as (
  select
    p.shop_system,
    p.variant_id,
    p.salesforce_system,
    p.salesforce_product_id,
    sum(p.shop_quantity) as shop_quantity,
    sum(p.salesforce_quantity) as salesforce_quantity,
    max(p.shop_changed_at) as shop_changed_at,
    max(p.salesforce_changed_at) as salesforce_changed_at
  from inventory_pairs as p
  group by
    p.shop_system,
    p.variant_id,
    p.salesforce_system,
    p.salesforce_product_id
  having
    count(*) = count(p.shop_quantity)
    and sum(p.shop_quantity) <= 0
    and sum(p.salesforce_quantity) > 0
    and coalesce(max(p.shop_changed_at), timestamp '1970-01-01') < $as_of - to_minutes(cast($grace_minutes as bigint))
)

select
  s.shop_system as system,
  s.variant_id as record_id,
  s.salesforce_product_id as salesforce_id,
  coalesce(v.sku, s.variant_id) as label,
  'Product ' || coalesce(v.sku, s.variant_id) || ' is sold out ' || in_system(s.shop_system) || ', and Salesforce shows '
  || number_text(s.salesforce_quantity) || ' in stock.' as message,
  [diff_field('in_stock', number_text(s.shop_quantity), number_text(s.salesforce_quantity))] as diff,
  s.shop_changed_at as occurred_at,
  s.salesforce_changed_at as salesforce_updated_at,
  v.title
from summed as s
inner join products as v on s.shop_system = v.system and s.variant_id = v.record_id
inner join products as f on s.salesforce_system = f.system and s.salesforce_product_id = f.record_id
where
  coalesce(f.status, 'active') = 'active'
  -- Stock at places that Salesforce does not know is stock, and what never runs out is not sold out.
  and not exists (
    select 1
    from inventory_levels as i
    where
      i.system = s.shop_system
      and i.variant_id = s.variant_id
      and i.deleted_at is null
      and i.is_active is not false
      and (i.is_infinite or coalesce(i.on_hand, i.available) > 0)
  )
