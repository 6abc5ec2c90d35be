/* +++
title    = "Stock in Salesforce moves when the product sells"
question = "Whose stock in Salesforce was not touched for longer than the target although the product was sold meanwhile?"
severity = "medium"
entity   = "products"
owned    = "inventory_levels"
since    = "0.2"
needs    = ["shop.products", "owner.inventory_levels", "any.orders", "any.order_lines", "salesforce.products", "salesforce.inventory_levels"]
why      = "A figure that stands still while goods leave the shelf is wrong, or is right by luck."
remedy   = "Look whether the job that sends stock still runs, and whether this product is part of it."
false_alarms = "Goods that were sold and came back the same day. Goods that a supplier sends straight to the buyer are left out where their stock is not counted."
fix      = "none"
recheck  = true
checked  = """
select count(*)
from (
  select distinct
    p.shop_system,
    p.salesforce_system,
    p.salesforce_product_id
  from inventory_pairs as p
  where p.salesforce_changed_at is not null
) as c
"""

[params.target_hours]
default = 24
unit    = "hours"
help    = "So long a sale may take to reach the stock in Salesforce."

[params.days]
default = 30
unit    = "days"
help    = "Sales before that are not looked at."
+++ */
with still as (
  select
    p.shop_system,
    p.variant_id,
    p.salesforce_system,
    p.salesforce_product_id,
    max(p.salesforce_changed_at) as touched_at
  from inventory_pairs as p
  where p.salesforce_id is not null
  group by
    p.shop_system,
    p.variant_id,
    p.salesforce_system,
    p.salesforce_product_id
  having
    count(*) = count(p.salesforce_changed_at)
    and max(p.salesforce_changed_at) < $as_of - to_hours(cast($target_hours as bigint))
),

-- A shop's own stock is moved by its own sales, that of an ERP by those of every shop.
sellers as (
  select
    t.shop_system,
    t.variant_id,
    t.salesforce_system,
    t.salesforce_product_id,
    t.touched_at,
    l.shop_system as seller,
    l.shop_id as sold_id
  from still as t
  inner join systems as s on t.shop_system = s.system
  inner join product_links as l
    on t.salesforce_system = l.salesforce_system and t.salesforce_product_id = l.salesforce_id and l.is_primary
  where l.shop_system = t.shop_system or s.side = 'erp'
),

recent as (
  select
    o.system,
    o.record_id,
    o.placed_at
  from orders as o
  inner join systems as s on o.system = s.system and s.side = 'shop'
  where
    o.placed_at > $as_of - to_days(cast($days as integer))
    and o.placed_at <= $as_of - to_hours(cast($target_hours as bigint))
    and o.deleted_at is null
    and o.is_test is not true
    and o.status is distinct from 'cancelled'
),

sold as (
  select
    h.shop_system,
    h.variant_id,
    h.salesforce_system,
    h.salesforce_product_id,
    h.touched_at,
    min(r.placed_at) as first_sold_at,
    max(r.placed_at) as last_sold_at,
    sum(n.quantity) as units
  from sellers as h
  inner join order_lines as n on h.seller = n.system and h.sold_id = n.variant_id
  inner join recent as r on n.system = r.system and n.order_id = r.record_id
  where r.placed_at > h.touched_at and n.deleted_at is null and n.quantity > 0
  group by
    h.shop_system,
    h.variant_id,
    h.salesforce_system,
    h.salesforce_product_id,
    h.touched_at
)

select
  s.shop_system as system,
  s.variant_id as record_id,
  s.salesforce_product_id as salesforce_id,
  coalesce(v.sku, s.variant_id) as label,
  'Stock of product ' || coalesce(v.sku, s.variant_id) || ' in Salesforce was last touched at ' || strftime(s.touched_at, '%Y-%m-%d %H:%M') || ' UTC; '
  || number_text(s.units) || case when s.units = 1 then ' was' else ' were' end || ' sold since.' as message,
  s.first_sold_at as occurred_at,
  s.last_sold_at,
  s.touched_at as salesforce_updated_at,
  number_text(s.units) as units,
  v.title
from sold as s
inner join products as v on s.shop_system = v.system and s.variant_id = v.record_id
where coalesce(v.status, 'active') = 'active'
