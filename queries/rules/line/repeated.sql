/* +++
title    = "Every line of an order is in Salesforce once"
question = "Which lines of shop orders were written to the order in Salesforce more than once?"
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
  "salesforce.order_lines.quantity",
]
why      = "The goods are sent and counted twice; stock and revenue are wrong by as much."
remedy   = "Take off the copy without an id, and let the integration write lines by their external id, so that a retry meets the first one."
false_alarms = "Lines that were split in Salesforce on purpose, such as by warehouse, into equal quantities."
fix      = "none"
recheck  = true
checked  = """
select count(*)
from line_pairs as k
where k.salesforce_id is not null
"""
+++ */
with copies as (
  select
    x.shop_system,
    x.shop_line_id,
    x.salesforce_system,
    x.salesforce_id,
    coalesce(p.number, p.shop_id) as label,
    p.salesforce_currency as currency
  from line_extras as x
  inner join order_pairs as p
    on x.shop_system = p.shop_system and x.shop_order_id = p.shop_id and x.salesforce_system = p.salesforce_system
  where
    x.shop_line_id is not null
    and p.shop_status is distinct from 'cancelled'
    and p.salesforce_status is distinct from 'cancelled'
)

select
  c.shop_system as system,
  c.shop_line_id as record_id,
  c.salesforce_id,
  c.label || coalesce(' ' || n.sku, '') as label,
  'Order ' || c.label || ' has ' || number_text(f.quantity) || ' × ' || coalesce(n.sku, n.title, n.record_id)
  || ' once more in Salesforce than ' || in_system(c.shop_system) || '.' as message,
  coalesce(f.total, cast(f.unit_price * f.quantity as decimal(38, 6))) as amount,
  c.currency,
  f.created_at as occurred_at,
  case when k.salesforce_id is not null then [related_record(c.salesforce_system, k.salesforce_id)] end as related,
  n.sku,
  n.title,
  f.quantity
from copies as c
inner join order_lines as n on c.shop_system = n.system and c.shop_line_id = n.record_id
inner join order_lines as f on c.salesforce_system = f.system and c.salesforce_id = f.record_id
left join line_links as k
  on c.shop_system = k.shop_system and c.shop_line_id = k.shop_id and c.salesforce_system = k.salesforce_system and k.is_primary
where f.quantity > 0
