/* +++
title    = "Quantities of order lines agree between shop and Salesforce"
question = "Which order lines have another quantity in Salesforce than in the shop?"
severity = "high"
entity   = "order_lines"
since    = "0.1"
needs    = ["shop.orders", "shop.order_lines", "salesforce.orders", "salesforce.order_lines", "salesforce.order_lines.quantity"]
why      = "The warehouse sends what the order says; a wrong quantity is a wrong parcel, a wrong invoice or a wrong stock figure."
remedy   = "Correct the quantity in Salesforce, and find out why an edit of the order did not arrive."
false_alarms = "Refunded units that an integration takes off the line; recon expects lines as ordered, less what was removed by an edit."
fix      = "review"
recheck  = true
checked  = """
select count(*)
from line_links as k
where k.is_primary
"""

[params.grace_minutes]
default = 15
unit    = "minutes"
help    = "Shop records changed later than this may still be on their way."
+++ */
with drifted as (
  select
    k.shop_system,
    k.shop_id,
    k.salesforce_system,
    k.salesforce_id,
    n.order_id,
    n.sku,
    n.title,
    n.unit_price,
    n.currency,
    coalesce(n.current_quantity, n.quantity) + coalesce(n.refunded_quantity, 0) as expected,
    f.quantity as held,
    f.order_id as sf_order_id
  from line_links as k
  inner join order_lines as n on k.shop_system = n.system and k.shop_id = n.record_id
  inner join order_lines as f on k.salesforce_system = f.system and k.salesforce_id = f.record_id
  where
    k.is_primary
    and coalesce(n.current_quantity, n.quantity) + coalesce(n.refunded_quantity, 0) <> f.quantity
)

select
  d.shop_system as system,
  d.shop_id as record_id,
  d.salesforce_id,
  coalesce(o.number, o.record_id) || coalesce(' ' || d.sku, '') as label,
  'Order ' || coalesce(o.number, o.record_id) || ' has ' || number_text(d.expected) || ' × ' || coalesce(d.sku, d.title, d.shop_id)
  || ' in the shop and ' || number_text(d.held) || ' in Salesforce.' as message,
  [diff_field('quantity', number_text(d.expected), number_text(d.held))] as diff,
  cast(abs(d.expected - d.held) * d.unit_price as decimal(38, 6)) as amount,
  coalesce(d.currency, o.currency) as currency,
  coalesce(o.edited_at, o.updated_at) as occurred_at,
  d.sku,
  d.title,
  o.is_edited
from drifted as d
inner join orders as o on d.shop_system = o.system and d.order_id = o.record_id
inner join orders as sf on d.salesforce_system = sf.system and d.sf_order_id = sf.record_id
where
  o.is_test is not true
  and o.status is distinct from 'cancelled'
  and sf.status is distinct from 'cancelled'
  and coalesce(o.updated_at, timestamp '1970-01-01') < $as_of - to_minutes(cast($grace_minutes as bigint))
