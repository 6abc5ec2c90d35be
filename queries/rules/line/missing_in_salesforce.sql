/* +++
title    = "Every line of an order is in Salesforce"
question = "Which lines of shop orders are missing from the order in Salesforce?"
severity = "high"
entity   = "order_lines"
since    = "0.1"
needs    = [
  "shop.orders",
  "shop.order_lines",
  "salesforce.orders",
  "salesforce.order_lines",
  "salesforce.order_lines.external_ids|salesforce.order_lines.sku|salesforce.order_lines.variant_id",
  "salesforce.order_lines.external_ids?",
  "salesforce.order_lines.sku?",
]
why      = "What is not on the order in Salesforce is not shipped, not forecast and not seen by service."
remedy   = "Send the order again with all its lines. Look for a product without a price book entry: Salesforce refuses its line, and integrations skip it silently."
false_alarms = "Gift cards, tips or fees that are kept out of Salesforce on purpose."
fix      = "review"
recheck  = true
checked  = """
select count(*)
from order_lines as n
inner join compared as s on n.system = s.system and s.entity = 'order_lines'
where n.deleted_at is null and coalesce(n.current_quantity, n.quantity) + coalesce(n.refunded_quantity, 0) > 0
"""

[params.grace_minutes]
default = 15
unit    = "minutes"
help    = "Shop records changed later than this may still be on their way."
+++ */
with unlinked as (
  select
    k.shop_system,
    k.shop_id,
    k.shop_order_id,
    k.salesforce_order_id,
    k.expected,
    p.number,
    p.shop_currency,
    coalesce(p.placed_at, p.shop_created_at) as occurred_at
  from line_pairs as k
  inner join order_pairs as p
    on k.shop_system = p.shop_system and k.shop_order_id = p.shop_id and k.salesforce_system = p.salesforce_system
  where
    k.salesforce_id is null
    and k.expected > 0
    and p.shop_status is distinct from 'cancelled'
    and p.salesforce_status is distinct from 'cancelled'
    and coalesce(p.shop_updated_at, timestamp '1970-01-01') < $as_of - to_minutes(cast($grace_minutes as bigint))
)
,

-- A bundle may stand in Salesforce as one line, or as its parts: what has no value of its own is told by the line that has it, and parts by a
-- line that is worth them all.
told_elsewhere as (
  select distinct
    u.shop_system,
    u.shop_id,
    u.salesforce_order_id
  from unlinked as u
  inner join order_lines as n on u.shop_system = n.system and u.shop_id = n.record_id
  inner join order_lines as o
    on n.system = o.system and n.order_id = o.order_id and (n.parent_line_id = o.record_id or n.record_id = o.parent_line_id)
  inner join line_pairs as k
    on o.system = k.shop_system and o.record_id = k.shop_id and u.salesforce_order_id = k.salesforce_order_id and k.salesforce_id is not null
  where n.total = 0
  union
  select
    u.shop_system,
    u.shop_id,
    u.salesforce_order_id
  from unlinked as u
  inner join order_lines as n on u.shop_system = n.system and u.shop_id = n.record_id
  inner join line_extras as x
    on
      u.shop_system = x.shop_system
      and u.shop_order_id = x.shop_order_id
      and u.salesforce_order_id = x.salesforce_order_id
      and (n.parent_line_id = x.bundle_id or (n.record_id = x.bundle_id and n.total = 0))
)

select
  u.shop_system as system,
  u.shop_id as record_id,
  u.salesforce_order_id as salesforce_id,
  coalesce(u.number, u.shop_order_id) || coalesce(' ' || n.sku, '') as label,
  'Order ' || coalesce(u.number, u.shop_order_id) || ' has ' || number_text(u.expected) || ' × ' || coalesce(n.sku, n.title, n.record_id)
  || ' ' || in_system(u.shop_system) || ', and no such line in Salesforce.' as message,
  [diff_field('quantity', number_text(u.expected), null)] as diff,
  n.total as amount,
  coalesce(n.currency, u.shop_currency) as currency,
  u.occurred_at,
  n.sku,
  n.title,
  n.is_gift_card
from unlinked as u
inner join order_lines as n on u.shop_system = n.system and u.shop_id = n.record_id
left join told_elsewhere as t on u.shop_system = t.shop_system and u.shop_id = t.shop_id and u.salesforce_order_id = t.salesforce_order_id
where t.shop_id is null
