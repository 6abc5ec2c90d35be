/* +++
title    = "No password and no identity number stands in a free text"
question = "In which notes do passwords or numbers of identity documents stand?"
severity = "medium"
entity   = "orders"
since    = "0.1"
needs    = ["each.orders", "each.exposures"]
why      = "What stands in a note is copied, exported and mailed without anybody thinking of it; such data has no reason to be there and must be found again when somebody asks to be forgotten."
remedy   = "Take it out of the text. A password that stands in a note has to be changed, as everybody who may read notes knows it."
false_alarms = "Words like password before something that is none, for example a rule about passwords."
fix      = "none"
checked  = """
with unread as (
  select n.system
  from coverage as n
  where n.entity = 'exposures' and not n.readable
)

select
  (select count(*) from orders as o where o.deleted_at is null and o.system not in (select u.system from unread as u))
  + (select count(*) from customers as c where c.deleted_at is null and c.system not in (select u.system from unread as u))
  + (select count(*) from refunds as r where r.deleted_at is null and r.system not in (select u.system from unread as u))
"""
+++ */
-- Staging looks through the texts and keeps only that something was found, never the text.
select
  x.system,
  case when s.side = 'salesforce' then null else x.about_id end as record_id,
  case when s.side = 'salesforce' then x.about_id end as salesforce_id,
  x.entity,
  x.field || ' ' || x.kind as discriminator,
  coalesce(o.number, q.number, x.about_id) as label,
  case x.entity
    when 'orders' then 'A note of order ' || coalesce(o.number, x.about_id)
    when 'customers' then 'A note about customer ' || x.about_id
    else 'A note of a refund of order ' || coalesce(q.number, r.order_id, x.about_id)
  end
  || ' holds ' || x.shown || ' ' || case when s.side = 'salesforce' then 'in Salesforce' else in_system(x.system) end || '.' as message,
  coalesce(o.updated_at, c.updated_at, r.updated_at, r.created_at) as occurred_at,
  x.field,
  x.shown
from exposures as x
inner join systems as s on x.system = s.system
left join orders as o on x.entity = 'orders' and x.system = o.system and x.about_id = o.record_id
left join customers as c on x.entity = 'customers' and x.system = c.system and x.about_id = c.record_id
left join refunds as r on x.entity = 'refunds' and x.system = r.system and x.about_id = r.record_id
left join orders as q on r.system = q.system and r.order_id = q.record_id
where
  x.kind in ('password', 'identity_number')
  and coalesce(o.deleted_at, c.deleted_at, r.deleted_at) is null
