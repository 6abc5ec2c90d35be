/* +++
title    = "No test order counts in Salesforce"
question = "Which test orders of the shop stand in Salesforce like real ones?"
severity = "high"
entity   = "orders"
since    = "0.1"
needs    = ["shop.orders", "salesforce.orders", "salesforce.orders.is_test?"]
why      = "Test orders inflate revenue and may be packed and sent."
remedy   = "Cancel or flag the listed Salesforce orders as tests, and keep test orders out of the integration."
false_alarms = "Test orders that were sent on purpose while the integration was being set up."
fix      = "review"
checked  = """
select count(*)
from orders as o
inner join compared as s on o.system = s.system and s.entity = 'orders'
where o.is_test and o.deleted_at is null
"""
+++ */
select
  l.shop_system as system,
  l.shop_id as record_id,
  l.salesforce_id,
  coalesce(o.number, o.record_id) as label,
  'Order ' || coalesce(o.number, o.record_id) || ' is a test ' || in_system(l.shop_system) || ' and an ordinary order in Salesforce.' as message,
  [diff_field('is_test', true, sf.is_test)] as diff,
  coalesce(sf.total, o.total) as amount,
  coalesce(sf.currency, o.currency) as currency,
  sf.created_at as occurred_at,
  l.method,
  sf.status
from order_links as l
inner join compared as c on l.shop_system = c.system and c.entity = 'orders'
inner join orders as o on l.shop_system = o.system and l.shop_id = o.record_id
inner join orders as sf on l.salesforce_system = sf.system and l.salesforce_id = sf.record_id
where
  o.is_test
  and sf.is_test is not true
  and l.certainty <> 'ambiguous'
