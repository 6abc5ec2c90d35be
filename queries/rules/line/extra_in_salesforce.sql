/* +++
title    = "Orders in Salesforce have no lines that the shop does not know"
question = "Which lines stand on the order in Salesforce and not on the order in the shop?"
severity = "high"
entity   = "order_lines"
since    = "0.2"
needs    = [
  "shop.orders",
  "shop.order_lines",
  "salesforce.orders",
  "salesforce.order_lines",
  "salesforce.order_lines.external_ids|salesforce.order_lines.sku|salesforce.order_lines.product_id",
  "salesforce.order_lines.external_ids?",
  "salesforce.order_lines.sku?",
  "salesforce.order_lines.total|salesforce.order_lines.unit_price",
]
why      = "What stands on the order is packed, sent and counted, although nobody bought it."
remedy   = "Find out who added the line. Take it off, or add it to the order in the shop, and look for edits of the shop that took it out."
false_alarms = "Lines for shipping, tips, tax, duties or discounts are known by their amount and left out, and so are lines without value, such as parts of bundles; a fee of an amount of its own is not."
fix      = "none"
recheck  = true
checked  = """
select count(*)
from order_pairs as p
where p.shop_status is distinct from 'cancelled' and p.salesforce_status is distinct from 'cancelled'
  and coalesce(p.shop_updated_at, timestamp '1970-01-01') < $as_of - to_minutes(cast($grace_minutes as bigint))
"""

[params.grace_minutes]
default = 15
unit    = "minutes"
help    = "Shop records changed later than this may still be on their way."
+++ */
with extra as (
  select
    x.shop_system,
    x.shop_order_id,
    x.salesforce_system,
    x.salesforce_order_id,
    x.salesforce_id,
    f.sku,
    f.title,
    f.quantity,
    f.created_at,
    coalesce(f.total, cast(f.unit_price * f.quantity as decimal(38, 6))) as total,
    coalesce(p.number, p.shop_id) as label,
    p.salesforce_currency as currency,
    coalesce(p.placed_at, p.shop_created_at) as placed_at
  from line_extras as x
  inner join order_pairs as p
    on x.shop_system = p.shop_system and x.shop_order_id = p.shop_id and x.salesforce_system = p.salesforce_system
  inner join order_lines as f on x.salesforce_system = f.system and x.salesforce_id = f.record_id
  where
    x.shop_line_id is null
    and x.bundle_id is null
    and f.quantity > 0
    and p.shop_status is distinct from 'cancelled'
    and p.salesforce_status is distinct from 'cancelled'
    and coalesce(p.shop_updated_at, timestamp '1970-01-01') < $as_of - to_minutes(cast($grace_minutes as bigint))
),

-- Charges of an order that some integrations write as lines: with their tax or without.
charges as (
  select
    e.salesforce_system,
    e.salesforce_id,
    minor_unit(e.currency) as unit,
    e.total,
    o.tax,
    unnest([
      o.shipping, sf.shipping, o.tip, sf.tip, o.duties, sf.duties, o.tax, sf.tax, o.shipping + o.duties + o.tip, o.rounding, sf.rounding,
      o.gift_card, sf.gift_card
    ]) as charge
  from extra as e
  inner join orders as o on e.shop_system = o.system and e.shop_order_id = o.record_id
  inner join orders as sf on e.salesforce_system = sf.system and e.salesforce_order_id = sf.record_id
),

as_charges as (
  select distinct
    c.salesforce_system,
    c.salesforce_id
  from charges as c
  where
    c.charge <> 0
    and (
      abs(c.total - c.charge) <= c.unit
      or (c.total > c.charge and c.charge > 0 and c.total - c.charge <= coalesce(c.tax, 0) + c.unit and (c.total - c.charge) * 5 <= c.charge * 2 + c.unit)
      or (c.charge > c.total and c.total > 0 and c.charge - c.total <= coalesce(c.tax, 0) + c.unit and (c.charge - c.total) * 5 <= c.total * 2 + c.unit)
    )
)

select
  e.salesforce_system as system,
  cast(null as varchar) as record_id,
  e.salesforce_id,
  e.label || coalesce(' ' || e.sku, '') as label,
  'Order ' || e.label || ' has ' || number_text(e.quantity) || ' × ' || coalesce(e.sku, e.title, e.salesforce_id)
  || ' in Salesforce, and no such line ' || in_system(e.shop_system) || '.' as message,
  [diff_field('quantity', null, number_text(e.quantity))] as diff,
  e.total as amount,
  e.currency,
  coalesce(e.created_at, e.placed_at) as occurred_at,
  [related_record(e.shop_system, e.shop_order_id)] as related,
  e.sku,
  e.title,
  e.salesforce_order_id
from extra as e
left join as_charges as c on e.salesforce_system = c.salesforce_system and e.salesforce_id = c.salesforce_id
where c.salesforce_id is null and (e.total is null or e.total > 0)
