/* +++
after = ["order_links", "order_chains", "compared"]
+++ */
-- Told once for the rules that look at when and where orders got lost.
select
  o.system,
  o.record_id,
  o.number,
  o.channel,
  o.total,
  o.currency,
  coalesce(o.created_at, o.placed_at) as created_at
from orders as o
inner join compared as c on o.system = c.system and c.entity = 'orders'
where
  o.deleted_at is null
  and o.is_test is not true
  and o.status is distinct from 'draft'
  and not exists (
    select 1
    from order_links as l
    where l.shop_system = o.system and l.shop_id = o.record_id
  )
  and not exists (
    select 1
    from order_chains as n
    where n.shop_system = o.system and n.shop_id = o.record_id
  )
