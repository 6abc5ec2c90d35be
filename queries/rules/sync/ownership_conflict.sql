/* +++
title    = "Only its owner changes a value"
question = "Which fields of records from the shop were changed in Salesforce by somebody other than their owner?"
severity = "high"
entity   = "field_changes"
since    = "0.2"
needs    = ["salesforce.field_changes", "salesforce.field_changes.acts_for"]
why      = "What a person or a flow writes over the owner's value is lost with the next synchronisation, or goes on being wrong unseen; where both keep writing, every reader sees another value."
remedy   = "Where the owner is right, take the right to edit the field away and stop the flow; where the writer is right, say so under [ownership] and leave the field out of the integration."
false_alarms = "Corrections by hand that the shop is to follow, and users of the integration that recon.toml does not name under writers."
optional = true
checked  = """
select count(*)
from field_changes as h
where h.column_name is not null and h.changed_at >= $as_of - to_days(cast($days as integer))
"""

[params.days]
default = 30
unit    = "days"
help    = "Changes older than this are no longer reported."
+++ */
with recent as (
  select
    h.system,
    h.parent_id,
    h.entity,
    h.column_name,
    h.old_value,
    h.new_value,
    h.changed_at,
    h.record_id,
    coalesce(h.writer, h.changed_by, 'an unknown user') as writer,
    coalesce(h.acts_for, []) as acts_for
  from field_changes as h
  where h.column_name is not null and h.changed_at >= $as_of - to_days(cast($days as integer))
),

touched as (
  select distinct
    r.entity,
    r.column_name
  from recent as r
),

-- The owner of the column where one is named, else that of the table.
owned as (
  select
    t.entity,
    t.column_name,
    list(o.system order by o.system) as owners,
    bool_or(s.side = 'salesforce') as is_salesforce,
    bool_or(s.side = 'shop') as is_shop,
    min(coalesce(s.title, s.system)) as title
  from touched as t
  inner join owners as o on t.entity = o.entity
  inner join systems as s on o.system = s.system
  where
    o.field = t.column_name
    or (
      o.field is null and not exists (
        select 1
        from owners as x
        where x.entity = t.entity and x.field = t.column_name
      )
    )
  group by
    t.entity,
    t.column_name
),

-- Records that come from a shop; one that several shops know is reported at the first.
pairs as (
  select
    'orders' as entity,
    p.shop_system,
    p.shop_id,
    p.salesforce_system,
    p.salesforce_id
  from order_pairs as p
  union all
  select
    'customers' as entity,
    l.shop_system,
    l.shop_id,
    l.salesforce_system,
    l.salesforce_id
  from customer_links as l
  inner join compared as c on l.shop_system = c.system and c.entity = 'customers'
  where l.is_primary
  union all
  select
    'products' as entity,
    l.shop_system,
    l.shop_id,
    l.salesforce_system,
    l.salesforce_id
  from product_links as l
  inner join compared as c on l.shop_system = c.system and c.entity = 'products'
  where l.is_primary
),

known as (
  select
    p.entity,
    p.shop_system,
    p.shop_id,
    p.salesforce_system,
    p.salesforce_id,
    row_number() over (partition by p.entity, p.salesforce_system, p.salesforce_id order by p.shop_system, p.shop_id) as nth
  from pairs as p
  inner join (select distinct
    r.system,
    r.parent_id,
    r.entity
  from recent as r) as r
    on p.entity = r.entity and p.salesforce_system = r.system and p.salesforce_id = r.parent_id
),

-- What Salesforce owns is everybody's but the integrations'; all else is only theirs that write for an owner.
judged as (
  select
    r.system,
    r.parent_id,
    r.entity,
    r.column_name,
    r.old_value,
    r.new_value,
    r.changed_at,
    r.record_id,
    r.writer,
    o.is_salesforce,
    o.title,
    len(o.owners) as owners,
    case
      when o.is_salesforce then len(r.acts_for) > 0
      else not (len(list_intersect(r.acts_for, o.owners)) > 0 or (o.is_shop and list_contains(r.acts_for, 'shop')))
    end as is_foreign
  from recent as r
  inner join owned as o on r.entity = o.entity and r.column_name = o.column_name
),

turned as (
  select
    j.*,
    lag(j.is_foreign) over (partition by j.system, j.parent_id, j.entity, j.column_name order by j.changed_at, j.record_id) as was_foreign,
    row_number() over (partition by j.system, j.parent_id, j.entity, j.column_name order by j.changed_at desc, j.record_id desc) as from_end,
    row_number() over (
      partition by j.system, j.parent_id, j.entity, j.column_name, j.is_foreign
      order by j.changed_at desc, j.record_id desc
    ) as from_end_of_side
  from judged as j
),

conflicts as (
  select
    t.system,
    t.parent_id,
    t.entity,
    t.column_name,
    count(*) filter (where t.is_foreign) as changes,
    count(*) filter (where t.is_foreign is distinct from t.was_foreign and t.was_foreign is not null) as turns,
    max(case when t.is_foreign and t.from_end_of_side = 1 then t.writer end) as writer,
    max(case when not t.is_foreign and t.from_end_of_side = 1 then t.writer end) as owner_writer,
    max(case when t.is_foreign and t.from_end_of_side = 1 then t.old_value end) as old_value,
    max(case when t.is_foreign and t.from_end_of_side = 1 then t.new_value end) as new_value,
    max(case when t.is_foreign then t.changed_at end) as changed_at,
    min(t.changed_at) as since_at,
    coalesce(bool_or(t.is_foreign and t.from_end = 1), false) as stands,
    max(case when t.is_salesforce then 'Salesforce' when t.owners = 1 then t.title else 'the shops' end) as owner_title
  from turned as t
  group by
    t.system,
    t.parent_id,
    t.entity,
    t.column_name
  having count(*) filter (where t.is_foreign) > 0
),

named as (
  select
    c.*,
    k.shop_system,
    k.shop_id,
    coalesce(o.number, u.email, u.company, v.sku, k.shop_id) as label,
    c.turns >= 3 as is_war
  from conflicts as c
  inner join known as k on c.entity = k.entity and c.system = k.salesforce_system and c.parent_id = k.salesforce_id and k.nth = 1
  left join orders as o on c.entity = 'orders' and k.shop_system = o.system and k.shop_id = o.record_id
  left join customers as u on c.entity = 'customers' and k.shop_system = u.system and k.shop_id = u.record_id
  left join products as v on c.entity = 'products' and k.shop_system = v.system and k.shop_id = v.record_id
)

select
  n.shop_system as system,
  n.shop_id as record_id,
  n.parent_id as salesforce_id,
  n.label,
  case n.entity when 'orders' then 'Order ' when 'customers' then 'Customer ' else 'Product ' end || n.label || ': '
  || replace(n.column_name, '_', ' ')
  || case
    when n.is_war
      then ' is written over and over again by ' || n.writer || ' and by ' || n.owner_writer || ', which writes for ' || n.owner_title || '.'
    when n.stands then ' was changed in Salesforce by ' || n.writer || ', and belongs to ' || n.owner_title || '.'
    else ' was changed in Salesforce by ' || n.writer || ' and belongs to ' || n.owner_title || ', which has written over it since.'
  end as message,
  n.changed_at as occurred_at,
  n.column_name as discriminator,
  n.entity,
  n.column_name as field,
  case when n.entity <> 'customers' then n.old_value end as old_value,
  case when n.entity <> 'customers' then n.new_value end as new_value,
  n.writer as changed_by,
  n.changed_at,
  n.since_at,
  n.changes,
  n.turns,
  n.stands
from named as n
