/* +++
title    = "Every order in Salesforce carries the id of its shop order"
question = "Which orders were only found by number or by e-mail, amount and day, because the external id is blank or wrong, and which may be any of several?"
severity = "medium"
entity   = "orders"
since    = "0.1"
needs    = ["shop.orders", "salesforce.orders", "salesforce.orders.external_ids"]
why      = "Without the id an integration cannot update the order: the next retry makes a second copy, and refunds find no order to hang on."
remedy   = "Write the shop's order id into the external id field of the listed Salesforce orders. Where several fit, look at lines and times, and whether one of them is missing in Salesforce."
false_alarms = "Orders from before the integration that were imported without ids on purpose."
fix      = "safe"
checked  = """
select count(*) from order_pairs
"""
+++ */
-- Orders that a number may stand for several of are order.number_collision.
with undecided as (
  select
    l.salesforce_system,
    l.salesforce_id,
    min(l.shop_system) as shop_system,
    count(*) as orders,
    list(related_record(l.shop_system, l.shop_id) order by l.shop_system, l.shop_id) as related,
    string_agg(coalesce(o.number, o.record_id) || ' ' || in_system(l.shop_system), ' or ' order by l.shop_system, l.shop_id) as candidates
  from order_links as l
  inner join orders as o on l.shop_system = o.system and l.shop_id = o.record_id
  where l.certainty = 'ambiguous' and l.method = 'email_amount_day'
  group by
    l.salesforce_system,
    l.salesforce_id
)

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
  cast(null as struct(system varchar, record_id varchar)[]) as related,
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
union all
select
  u.salesforce_system as system,
  cast(null as varchar) as record_id,
  u.salesforce_id,
  coalesce(sf.number, u.salesforce_id) as label,
  'Order ' || coalesce(sf.number, u.salesforce_id) || ' in Salesforce has no id of the shop and may be ' || u.candidates
  || ': e-mail, amount and day fit, and nothing tells which it is.' as message,
  cast(null as struct(field varchar, shop varchar, salesforce varchar)[]) as diff,
  coalesce(sf.placed_at, sf.created_at) as occurred_at,
  'review' as confidence,
  u.related,
  'email_amount_day' as method,
  sf.created_by
from undecided as u
inner join orders as sf on u.salesforce_system = sf.system and u.salesforce_id = sf.record_id
where not exists (
  select 1
  from coverage as n
  where n.system = u.salesforce_system and n.entity = 'orders' and n.field = 'external_ids.' || u.shop_system and not n.readable
)
