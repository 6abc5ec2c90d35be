/* +++
title    = "Quantities of order lines agree between shop and Salesforce"
question = "Which order lines have another quantity in Salesforce than in the shop?"
severity = "high"
entity   = "order_lines"
since    = "0.1"
needs    = ["shop.orders", "shop.order_lines", "salesforce.orders", "salesforce.order_lines", "salesforce.order_lines.quantity"]
why      = "The warehouse sends what the order says; a wrong quantity is a wrong parcel, a wrong invoice or a wrong stock figure."
remedy   = "Correct the quantity in Salesforce, and find out why an edit of the order did not arrive."
false_alarms = "Refunded units that an integration takes off the line; recon expects lines as ordered, less what was removed by an edit. Of several lines of one SKU without ids, which belongs to which is only likely."
fix      = "review"
recheck  = true
checked  = """
select count(*)
from line_pairs as k
where k.salesforce_id is not null
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
    k.shop_order_id,
    k.salesforce_id,
    k.certainty,
    k.expected,
    k.held,
    p.number,
    p.is_edited
  from line_pairs as k
  inner join order_pairs as p
    on k.shop_system = p.shop_system and k.shop_order_id = p.shop_id and k.salesforce_system = p.salesforce_system
  where
    k.expected <> k.held
    and p.shop_status is distinct from 'cancelled'
    and p.salesforce_status is distinct from 'cancelled'
    and coalesce(p.shop_updated_at, timestamp '1970-01-01') < $as_of - to_minutes(cast($grace_minutes as bigint))
)

select
  d.shop_system as system,
  d.shop_id as record_id,
  d.salesforce_id,
  coalesce(d.number, d.shop_order_id) || coalesce(' ' || n.sku, '') as label,
  'Order ' || coalesce(d.number, d.shop_order_id) || ' has ' || number_text(d.expected) || ' × ' || coalesce(n.sku, n.title, d.shop_id)
  || ' ' || in_system(d.shop_system) || ' and ' || number_text(d.held) || ' in Salesforce.' as message,
  [diff_field('quantity', number_text(d.expected), number_text(d.held))] as diff,
  -- A price per unit may be finer than money is.
  case minor_digits(coalesce(n.currency, o.currency))
    -- Each branch has its type: the common one of decimals with other scales would round to whole units.
    when 0 then cast(round(cast(abs(d.expected - d.held) * n.unit_price as decimal(38, 6)), 0) as decimal(38, 6))
    when 2 then cast(round(cast(abs(d.expected - d.held) * n.unit_price as decimal(38, 6)), 2) as decimal(38, 6))
    else cast(abs(d.expected - d.held) * n.unit_price as decimal(38, 6))
  end as amount,
  coalesce(n.currency, o.currency) as currency,
  coalesce(o.edited_at, o.updated_at) as occurred_at,
  case d.certainty when 'likely' then 'likely' else 'certain' end as confidence,
  n.sku,
  n.title,
  d.is_edited
from drifted as d
inner join order_lines as n on d.shop_system = n.system and d.shop_id = n.record_id
inner join orders as o on d.shop_system = o.system and d.shop_order_id = o.record_id
