/* +++
title    = "Every order in Salesforce carries the id of its shop order"
question = "Which orders were only found by number or by e-mail, amount and day, because the external id is blank or wrong?"
severity = "medium"
entity   = "orders"
since    = "0.1"
needs    = ["shop.orders", "salesforce.orders"]
why      = "Without the id an integration cannot update the order: the next retry makes a second copy, and refunds find no order to hang on."
remedy   = "Write the shop's order id into the external id field of the listed Salesforce orders."
false_alarms = "Orders from before the integration that were imported without ids on purpose."
fix      = "safe"
checked  = """
select count(*)
from order_links as l
inner join orders as o on l.shop_system = o.system and l.shop_id = o.record_id
where l.is_primary and o.is_test is not true
"""
+++ */
select
  l.shop_system as system,
  l.shop_id as record_id,
  l.salesforce_id,
  coalesce(o.number, o.record_id) as label,
  'Order ' || coalesce(o.number, o.record_id) || ' is in Salesforce '
  || case
    when sf.external_ids['external_id'] is null then 'without the id of the shop order'
    else 'under the id of another order'
  end
  || '; it was found by ' || case l.method when 'number' then 'its number' else 'e-mail, amount and day' end || '.' as message,
  [diff_field('external_id', o.record_id, sf.external_ids['external_id'])] as diff,
  coalesce(o.placed_at, o.created_at) as occurred_at,
  case l.certainty when 'certain' then 'certain' else 'likely' end as confidence,
  l.method,
  sf.created_by
from order_links as l
inner join orders as o on l.shop_system = o.system and l.shop_id = o.record_id
inner join orders as sf on l.salesforce_system = sf.system and l.salesforce_id = sf.record_id
where
  l.is_primary
  and l.method <> 'external_id'
  and o.is_test is not true
