/* +++
title    = "Only real orders are in Salesforce"
question = "Which checkouts that were given up, failed or never went beyond a draft stand in Salesforce as orders?"
severity = "medium"
entity   = "orders"
since    = "0.2"
needs    = [
  "shop.orders",
  "salesforce.orders",
  "salesforce.orders.external_ids|salesforce.orders.number|salesforce.orders.email",
  "salesforce.orders.external_ids?",
  "salesforce.orders.status?",
]
why      = "Nobody paid and nobody waits for goods: such records inflate revenue and forecasts, and may be packed and sent."
remedy   = "Cancel the listed Salesforce orders, and let the integration take only orders whose checkout was completed."
false_alarms = "Checkouts that are kept in Salesforce on purpose to win the buyers back; give them a status that says so."
fix      = "none"
recheck  = true
checked  = """
select count(*)
from orders as o
inner join compared as s on o.system = s.system and s.entity = 'orders'
where o.status = 'draft' and o.deleted_at is null and o.is_test is not true
"""
+++ */
with drafts as (
  select
    o.system,
    o.record_id,
    o.number,
    o.raw_status,
    o.placed_at,
    o.created_at,
    o.channel
  from orders as o
  inner join compared as s on o.system = s.system and s.entity = 'orders'
  where o.status = 'draft' and o.deleted_at is null and o.is_test is not true
),

-- Links first: most drafts have none, and orders are wide.
linked as materialized (
  select
    d.*,
    l.salesforce_system,
    l.salesforce_id,
    l.certainty,
    l.method
  from drafts as d
  inner join order_links as l on d.system = l.shop_system and d.record_id = l.shop_id and l.certainty <> 'ambiguous'
)

select
  d.system,
  d.record_id,
  d.salesforce_id,
  coalesce(d.number, d.record_id) as label,
  'Order ' || coalesce(d.number, d.record_id) || ' never came about ' || in_system(d.system) || ' (' || coalesce(d.raw_status, 'draft')
  || '), and is ' || coalesce(sf.status, 'an order') || ' in Salesforce.' as message,
  [diff_field('status', 'draft', sf.status)] as diff,
  sf.total as amount,
  sf.currency,
  coalesce(sf.created_at, d.placed_at, d.created_at) as occurred_at,
  case d.certainty when 'certain' then 'certain' else 'likely' end as confidence,
  d.method,
  d.channel,
  sf.created_by
from linked as d
inner join orders as sf on d.salesforce_system = sf.system and d.salesforce_id = sf.record_id
where
  coalesce(sf.status, 'open') not in ('cancelled', 'draft', 'expired')
  and sf.is_test is not true
  and sf.original_order_id is null
