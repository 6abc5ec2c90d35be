/* +++
title    = "Every line of an order is in Salesforce"
question = "Which lines of shop orders are missing from the order in Salesforce?"
severity = "high"
entity   = "order_lines"
since    = "0.1"
needs    = ["shop.orders", "shop.order_lines", "salesforce.orders", "salesforce.order_lines", "salesforce.order_lines.external_ids|salesforce.order_lines.sku|salesforce.order_lines.variant_id", "salesforce.order_lines.external_ids?", "salesforce.order_lines.sku?"]
why      = "What is not on the order in Salesforce is not shipped, not forecast and not seen by service."
remedy   = "Send the order again with all its lines. Look for a product without a price book entry: Salesforce refuses its line, and integrations skip it silently."
false_alarms = "Gift cards, tips or fees that are kept out of Salesforce on purpose."
fix      = "review"
recheck  = true
checked  = """
select count(*)
from order_lines as n
inner join systems as s on n.system = s.system and s.side = 'shop'
where n.deleted_at is null and coalesce(n.current_quantity, n.quantity) + coalesce(n.refunded_quantity, 0) > 0
"""

[params.grace_minutes]
default = 15
unit    = "minutes"
help    = "Shop records changed later than this may still be on their way."
+++ */
with unlinked as (
  select
    n.system,
    n.record_id,
    n.order_id,
    n.sku,
    n.title,
    n.total,
    n.currency,
    n.is_gift_card,
    coalesce(n.current_quantity, n.quantity) + coalesce(n.refunded_quantity, 0) as expected
  from order_lines as n
  inner join systems as s on n.system = s.system and s.side = 'shop'
  where
    n.deleted_at is null
    and coalesce(n.current_quantity, n.quantity) + coalesce(n.refunded_quantity, 0) > 0
    and not exists (
      select 1
      from line_links as k
      where k.shop_system = n.system and k.shop_id = n.record_id
    )
)

select
  u.system,
  u.record_id,
  l.salesforce_id,
  coalesce(o.number, o.record_id) || coalesce(' ' || u.sku, '') as label,
  'Order ' || coalesce(o.number, o.record_id) || ' has ' || number_text(u.expected) || ' × ' || coalesce(u.sku, u.title, u.record_id)
  || ' in the shop, and no such line in Salesforce.' as message,
  [diff_field('quantity', number_text(u.expected), null)] as diff,
  u.total as amount,
  coalesce(u.currency, o.currency) as currency,
  coalesce(o.placed_at, o.created_at) as occurred_at,
  u.sku,
  u.title,
  u.is_gift_card
from unlinked as u
inner join order_links as l on u.system = l.shop_system and u.order_id = l.shop_id and l.is_primary
inner join orders as o on u.system = o.system and u.order_id = o.record_id
inner join orders as sf on l.salesforce_system = sf.system and l.salesforce_id = sf.record_id
where
  o.is_test is not true
  and o.status is distinct from 'cancelled'
  and sf.status is distinct from 'cancelled'
  and coalesce(o.updated_at, timestamp '1970-01-01') < $as_of - to_minutes(cast($grace_minutes as bigint))
