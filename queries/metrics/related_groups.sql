/* +++
title = "Households, colleagues and others who share much and are no duplicates, record by record"
+++ */
-- The groups that look most like one person come first.
with pairs as (
  select
    g.group_id,
    g.relation,
    p.score,
    p.veto,
    p.reasons
  from identity_pairs as p
  inner join related_groups as g on p.system = g.system and p.record_id = g.record_id and p.relation = g.relation
  inner join related_groups as h on p.other_system = h.system and p.other_id = h.record_id and g.group_id = h.group_id and g.relation = h.relation
  where p.tier = 'related' and p.system = p.other_system
),

groups as (
  select
    p.group_id,
    p.relation,
    max(p.score) as score,
    list_sort(list_distinct(list(p.veto))) as vetoes,
    list_sort(list_distinct(flatten(list(p.reasons)))) as reasons
  from pairs as p
  group by
    p.group_id,
    p.relation
),

chosen as (
  select
    g.*,
    row_number() over (order by g.score desc, g.group_id asc, g.relation asc) as place,
    count(*) over () as total
  from groups as g
),

members as (
  select
    c.place,
    g.system,
    g.record_id,
    row_number() over (partition by c.place order by g.record_id asc) as nth,
    count(*) over (partition by c.place) as records
  from chosen as c
  inner join related_groups as g on c.group_id = g.group_id and c.relation = g.relation
  where c.place <= $most
),

-- Where orders are counted at all, a record without one has none.
readable as (
  select distinct o.system
  from orders as o
),

sold as (
  select
    o.system,
    o.customer_id,
    count(*) as orders
  from orders as o
  semi join members as m on o.system = m.system and o.customer_id = m.record_id
  where o.deleted_at is null
  group by
    o.system,
    o.customer_id
)

select
  c.total,
  c.place,
  c.relation,
  m.system,
  c.vetoes,
  c.reasons,
  m.records,
  m.record_id,
  record_url(s.record_url_template, case when s.side = 'salesforce' then coalesce(u.object, '') else 'customers' end, m.record_id) as url,
  coalesce(o.orders, u.orders_count, case when r.system is not null then 0 end) as orders,
  u.created_at,
  u.updated_at,
  u.first_name,
  u.last_name,
  u.email,
  u.phone,
  u.company,
  u.address1,
  u.postal_code,
  u.city,
  u.email_consent,
  u.sms_consent
from chosen as c
inner join members as m on c.place = m.place and m.nth <= $members
inner join customers as u on m.system = u.system and m.record_id = u.record_id
inner join systems as s on m.system = s.system
left join readable as r on m.system = r.system
left join sold as o on m.system = o.system and m.record_id = o.customer_id
order by c.place, m.nth
