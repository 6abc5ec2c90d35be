/* +++
title    = "Every shop order is in Salesforce once"
question = "Which shop orders were written to Salesforce more than once?"
severity = "critical"
entity   = "orders"
since    = "0.1"
needs    = [
  "shop.orders",
  "salesforce.orders",
  "salesforce.orders.external_ids|salesforce.orders.number|salesforce.orders.email",
  "salesforce.orders.external_ids?",
  "salesforce.orders.original_order_id?",
]
why      = "Each extra copy counts as revenue, may be sent to the warehouse a second time, and splits refunds between two records."
remedy   = "Keep the copy that carries the external id, move what hangs on the other to it, and cancel the other. Make the integration upsert by external id."
false_alarms = "Split orders that a second system made on purpose and that carry the same number."
fix      = "review"
checked  = """
select count(distinct l.shop_system || ' ' || l.shop_id) from order_links as l
inner join compared as c on l.shop_system = c.system and c.entity = 'orders'
where l.certainty <> 'ambiguous'
"""
+++ */
with extra as (
  select
    l.shop_system,
    l.shop_id,
    l.salesforce_system,
    l.salesforce_id,
    l.method,
    l.certainty
  from order_links as l
  inner join compared as c on l.shop_system = c.system and c.entity = 'orders'
  where not l.is_primary and l.certainty <> 'ambiguous'
)

select
  x.shop_system as system,
  x.shop_id as record_id,
  x.salesforce_id,
  coalesce(o.number, o.record_id) as label,
  'Order ' || coalesce(o.number, o.record_id) || ' is in Salesforce more than once; ' || x.salesforce_id || ' is an extra copy of '
  || p.salesforce_id || '.' as message,
  coalesce(sf.total, o.total) as amount,
  coalesce(sf.currency, o.currency) as currency,
  sf.created_at as occurred_at,
  case x.certainty when 'certain' then 'certain' else 'likely' end as confidence,
  [related_record(p.salesforce_system, p.salesforce_id)] as related,
  x.method,
  sf.created_by
from extra as x
inner join order_links as p on x.shop_system = p.shop_system and x.shop_id = p.shop_id and p.is_primary
inner join orders as o on x.shop_system = o.system and x.shop_id = o.record_id
inner join orders as sf on x.salesforce_system = sf.system and x.salesforce_id = sf.record_id
where
  o.is_test is not true
  and sf.deleted_at is null
  and sf.original_order_id is null
