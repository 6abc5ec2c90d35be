/* +++
title    = "Prices of order lines agree between shop and Salesforce"
question = "Which order lines have another price in Salesforce than the buyer was charged?"
severity = "high"
entity   = "order_lines"
since    = "0.2"
needs    = [
  "shop.orders",
  "shop.order_lines",
  "salesforce.orders",
  "salesforce.orders.currency",
  "salesforce.order_lines",
  "salesforce.order_lines.total|salesforce.order_lines.unit_price",
  "salesforce.order_lines.quantity",
]
why      = "Credit notes, commissions and the worth of a customer are computed from line prices."
remedy   = "Send the price that was charged, not the one of the price book, and look for flows in Salesforce that reprice lines."
false_alarms = "Prices with tax beside prices without it, and before a discount beside after it, are told apart and are no difference. A discount that is kept elsewhere and is not on the shop's line is one."
fix      = "review"
recheck  = true
checked  = """
select count(*)
from line_pairs as k
where k.has_other_price is not null
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
    k.certainty,
    k.held,
    coalesce(p.number, p.shop_id) as label,
    p.shop_currency as currency,
    coalesce(p.placed_at, p.shop_created_at) as placed_at
  from line_pairs as k
  inner join order_pairs as p
    on k.shop_system = p.shop_system and k.shop_order_id = p.shop_id and k.salesforce_system = p.salesforce_system
  where
    k.has_other_price
    and k.held > 0
    and p.shop_status is distinct from 'cancelled'
    and p.salesforce_status is distinct from 'cancelled'
    and not coalesce(
      p.salesforce_total = p.presentment_total and p.presentment_total <> p.shop_total and p.presentment_currency <> p.shop_currency, false
    )
    and coalesce(p.shop_updated_at, timestamp '1970-01-01') < $as_of - to_minutes(cast($grace_minutes as bigint))
),

priced as (
  select
    d.shop_system,
    d.shop_id,
    d.salesforce_id,
    d.certainty,
    d.label,
    d.currency,
    n.sku,
    n.title,
    n.quantity,
    n.discount,
    n.tax_included,
    n.total as shop_total,
    -- what Salesforce holds for as many units as the shop sold
    case when d.held = n.quantity and f.total is not null then f.total else cast(f.unit_price * n.quantity as decimal(38, 6)) end as sf_total,
    coalesce(f.updated_at, d.placed_at) as occurred_at
  from drifted as d
  inner join order_lines as n on d.shop_system = n.system and d.shop_id = n.record_id
  inner join order_lines as f on d.salesforce_system = f.system and d.salesforce_id = f.record_id
)

select
  p.shop_system as system,
  p.shop_id as record_id,
  p.salesforce_id,
  p.label || coalesce(' ' || p.sku, '') as label,
  'Order ' || p.label || ' has ' || number_text(p.quantity) || ' × ' || coalesce(p.sku, p.title, p.shop_id) || ' for '
  || money_text(p.shop_total, p.currency) || ' ' || p.currency || ' ' || in_system(p.shop_system) || ' and for '
  || money_text(p.sf_total, p.currency) || ' in Salesforce.' as message,
  [diff_field('total', money_text(p.shop_total, p.currency), money_text(p.sf_total, p.currency))] as diff,
  abs(p.sf_total - p.shop_total) as amount,
  p.currency,
  p.occurred_at,
  case p.certainty when 'likely' then 'likely' else 'certain' end as confidence,
  p.sku,
  p.title,
  p.discount,
  p.tax_included
from priced as p
