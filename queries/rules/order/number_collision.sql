/* +++
title    = "One order number stands for one order"
question = "Which numbers stand for several orders, so that nobody can say which one is meant?"
severity = "medium"
entity   = "orders"
since    = "0.2"
needs    = ["shop.orders", "salesforce.orders", "salesforce.orders.external_ids?", "salesforce.orders.number?", "salesforce.orders.store?"]
why      = "Whoever looks an order up by its number gets another one: parcels, refunds and answers go to the wrong buyer."
remedy   = "Write the id of the shop's order and, with several shops, the shop into the listed Salesforce orders. In the shop give each its own prefix, and never reuse a number."
false_alarms = "Shops that split one purchase into several orders of one number on purpose."
fix      = "review"
checked  = """
select count(*)
from orders as o
inner join compared as c on o.system = c.system and c.entity = 'orders'
where o.deleted_at is null and o.is_test is not true and o.status is distinct from 'draft' and o.number_key is not null
"""
+++ */
-- Equal numbers in two shops are no collision as long as every Salesforce order says whose it is.
with undecided as (
  select
    l.salesforce_system,
    l.salesforce_id,
    count(*) as orders,
    list(related_record(l.shop_system, l.shop_id) order by l.shop_system, l.shop_id) as related,
    string_agg(coalesce(o.number, o.record_id) || ' ' || in_system(l.shop_system), ' or ' order by l.shop_system, l.shop_id) as candidates
  from order_links as l
  inner join orders as o on l.shop_system = o.system and l.shop_id = o.record_id
  where l.certainty = 'ambiguous' and l.method in ('external_id', 'number')
  group by
    l.salesforce_system,
    l.salesforce_id
),

reused as (
  select
    o.system,
    o.number_key,
    count(*) as orders
  from orders as o
  inner join compared as c on o.system = c.system and c.entity = 'orders'
  where o.number_key is not null and o.deleted_at is null and o.is_test is not true and o.status is distinct from 'draft'
  group by
    o.system,
    o.number_key
  having count(*) > 1
),

namesakes as (
  select
    r.system,
    r.number_key,
    min(o.number) as number,
    r.orders,
    arg_max(o.record_id, (coalesce(o.placed_at, o.created_at), o.record_id)) as last_id,
    max(coalesce(o.placed_at, o.created_at)) as last_at,
    list(o.record_id order by coalesce(o.placed_at, o.created_at), o.record_id) as record_ids
  from reused as r
  inner join orders as o on r.system = o.system and r.number_key = o.number_key
  where o.deleted_at is null and o.is_test is not true and o.status is distinct from 'draft'
  group by
    r.system,
    r.number_key,
    r.orders
),

renumbered as (
  select
    p.shop_system,
    p.shop_id,
    p.salesforce_id,
    p.number,
    p.placed_at,
    sf.number as salesforce_number,
    min(o.record_id) as other_id
  from order_pairs as p
  inner join orders as sf on p.salesforce_system = sf.system and p.salesforce_id = sf.record_id
  inner join orders as o on p.shop_system = o.system and sf.number_key = o.number_key
  where p.has_other_number and o.deleted_at is null and o.record_id <> p.shop_id
  group by
    p.shop_system,
    p.shop_id,
    p.salesforce_id,
    p.number,
    p.placed_at,
    sf.number
)

select
  u.salesforce_system as system,
  cast(null as varchar) as record_id,
  u.salesforce_id,
  coalesce(sf.number, u.salesforce_id) as label,
  'Order ' || coalesce(sf.number, u.salesforce_id) || ' in Salesforce may be ' || u.candidates || ', and nothing in it tells which.' as message,
  cast(null as struct(field varchar, shop varchar, salesforce varchar)[]) as diff,
  sf.total as amount,
  sf.currency,
  coalesce(sf.placed_at, sf.created_at) as occurred_at,
  u.related,
  sf.created_by
from undecided as u
inner join orders as sf on u.salesforce_system = sf.system and u.salesforce_id = sf.record_id
union all
select
  n.system,
  n.last_id as record_id,
  cast(null as varchar) as salesforce_id,
  n.number as label,
  'Number ' || n.number || ' stands for ' || cast(n.orders as varchar) || ' orders ' || in_system(n.system) || '.' as message,
  cast(null as struct(field varchar, shop varchar, salesforce varchar)[]) as diff,
  cast(null as decimal(38, 6)) as amount,
  cast(null as varchar) as currency,
  n.last_at as occurred_at,
  list_transform(list_filter(n.record_ids, lambda i: i <> n.last_id), lambda i: related_record(n.system, i)) as related,
  cast(null as varchar) as created_by
from namesakes as n
union all
select
  r.shop_system as system,
  r.shop_id as record_id,
  r.salesforce_id,
  coalesce(r.number, r.shop_id) as label,
  'Order ' || coalesce(r.number, r.shop_id) || ' ' || in_system(r.shop_system) || ' has the number ' || r.salesforce_number
  || ' in Salesforce, which is that of another order.' as message,
  [diff_field('number', r.number, r.salesforce_number)] as diff,
  cast(null as decimal(38, 6)) as amount,
  cast(null as varchar) as currency,
  r.placed_at as occurred_at,
  [related_record(r.shop_system, r.other_id)] as related,
  cast(null as varchar) as created_by
from renumbered as r
