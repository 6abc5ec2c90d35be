/* +++
title    = "Every order in Salesforce carries the id of its shop order"
question = "Which orders were only found by number or by e-mail, amount and day, because the external id is blank or wrong?"
severity = "medium"
entity   = "orders"
since    = "0.1"
needs    = ["shop.orders", "salesforce.orders", "salesforce.orders.external_ids"]
why      = "Without the id an integration cannot update the order: the next retry makes a second copy, and refunds find no order to hang on."
remedy   = "Write the shop's order id into the external id field of the listed Salesforce orders."
false_alarms = "Orders from before the integration that were imported without ids on purpose."
fix      = "safe"
checked  = """
select count(*) from order_pairs
"""
+++ */
select
  p.shop_system as system,
  p.shop_id as record_id,
  p.salesforce_id,
  coalesce(p.number, p.shop_id) as label,
  'Order ' || coalesce(p.number, p.shop_id) || ' is in Salesforce '
  || case
    when id_for(sf.external_ids, p.shop_system) is null then 'without the id of the shop order'
    else 'under the id of another order'
  end
  || '; it was found by ' || case p.method when 'number' then 'its number' else 'e-mail, amount and day' end || '.' as message,
  [diff_field('external_id', p.shop_id, id_for(sf.external_ids, p.shop_system))] as diff,
  coalesce(p.placed_at, p.shop_created_at) as occurred_at,
  case p.certainty when 'certain' then 'certain' else 'likely' end as confidence,
  p.method,
  sf.created_by
from order_pairs as p
inner join orders as sf on p.salesforce_system = sf.system and p.salesforce_id = sf.record_id
where
  p.method <> 'external_id'
  and not exists (
    select 1
    from coverage as n
    where n.system = p.salesforce_system and n.entity = 'orders' and n.field = 'external_ids.' || p.shop_system and not n.readable
  )
