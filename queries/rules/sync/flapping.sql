/* +++
title    = "Values do not go back and forth"
question = "Which values were changed, changed back and changed again?"
severity = "medium"
entity   = "field_changes"
since    = "0.2"
needs    = ["salesforce.field_changes|any.value_changes"]
why      = "Two writers undo each other: every reader sees another value, automations start again and again, and API calls are spent for nothing."
remedy   = "Look who wrote and when: mostly an integration and a flow, or two integrations, that both take their value for the right one. Leave the field to one of them."
false_alarms = "States that really come and go, such as an order that is put on hold and released several times in a month."
optional = true
checked  = """
select
  (select count(*) from field_changes as h where h.column_name is not null and h.changed_at >= $as_of - to_days(cast($days as integer)))
  + (select count(*) from value_changes as v where v.until_at >= $as_of - to_days(cast($days as integer)))
"""

[params.days]
default = 30
unit    = "days"
help    = "How far back changes are looked at."

[params.returns]
default = 2
unit    = "times"
help    = "A value that came back at least so often goes back and forth; a single correction is none."
+++ */
with written as (
  select
    h.system,
    h.parent_id as id,
    h.entity,
    h.column_name as field,
    h.old_value,
    h.new_value,
    h.changed_at as moment,
    h.record_id as place,
    coalesce(h.writer, h.changed_by) as writer
  from field_changes as h
  where h.column_name is not null and h.changed_at >= $as_of - to_days(cast($days as integer))
),

-- What the history objects tell is told better there.
seen as (
  select
    v.system,
    v.record_id as id,
    v.entity,
    v.field,
    v.old_value,
    v.new_value,
    v.until_at as moment,
    '' as place,
    cast(null as varchar) as writer
  from value_changes as v
  where
    v.until_at >= $as_of - to_days(cast($days as integer))
    and not exists (
      select 1
      from written as w
      where w.system = v.system and w.id = v.record_id and w.entity = v.entity and w.field = v.field
    )
),

changes as (
  select
    w.system,
    w.id,
    w.entity,
    w.field,
    w.old_value,
    w.new_value,
    w.moment,
    w.place,
    w.writer
  from written as w
  union all
  select
    s.system,
    s.id,
    s.entity,
    s.field,
    s.old_value,
    s.new_value,
    s.moment,
    s.place,
    s.writer
  from seen as s
),

followed as (
  select
    c.*,
    lag(c.old_value) over (partition by c.system, c.entity, c.id, c.field order by c.moment, c.place) as value_before,
    lag(c.moment) over (partition by c.system, c.entity, c.id, c.field order by c.moment, c.place) as moment_before,
    row_number() over (partition by c.system, c.entity, c.id, c.field order by c.moment desc, c.place desc) as from_end
  from changes as c
),

flapping as (
  select
    f.system,
    f.entity,
    f.id,
    f.field,
    count(*) as changes,
    count(*) filter (where f.moment_before is not null and f.new_value is not distinct from f.value_before) as returns,
    min(f.moment) as since_at,
    max(f.moment) as until_at,
    max(case when f.from_end = 1 then f.new_value end) as last_value,
    max(case when f.from_end = 1 then f.old_value end) as value_before,
    array_to_string(list_sort(list_distinct(list(f.writer) filter (where f.writer is not null))), ' and ') as writers
  from followed as f
  group by
    f.system,
    f.entity,
    f.id,
    f.field
  having count(*) filter (where f.moment_before is not null and f.new_value is not distinct from f.value_before) >= $returns
),

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
  where l.is_primary
  union all
  select
    'products' as entity,
    l.shop_system,
    l.shop_id,
    l.salesforce_system,
    l.salesforce_id
  from product_links as l
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
    f.system,
    f.entity,
    f.id
  from flapping as f) as f
    on p.entity = f.entity and p.salesforce_system = f.system and p.salesforce_id = f.id
),

named as (
  select
    f.*,
    coalesce(k.shop_system, f.system) as finding_system,
    case when s.side = 'salesforce' then k.shop_id else f.id end as record_id,
    case when s.side = 'salesforce' then f.id end as salesforce_id,
    coalesce(o.number, u.email, u.company, v.sku, f.id) as label
  from flapping as f
  inner join systems as s on f.system = s.system
  left join known as k on f.entity = k.entity and f.system = k.salesforce_system and f.id = k.salesforce_id and k.nth = 1
  left join orders as o on f.entity = 'orders' and f.system = o.system and f.id = o.record_id
  left join customers as u on f.entity = 'customers' and f.system = u.system and f.id = u.record_id
  left join products as v on f.entity = 'products' and f.system = v.system and f.id = v.record_id
)

select
  n.finding_system as system,
  n.record_id,
  n.salesforce_id,
  n.label,
  case n.entity when 'orders' then 'Order ' when 'customers' then 'Customer ' when 'products' then 'Product ' else 'Record ' end || n.label
  || ': ' || replace(n.field, '_', ' ') || ' ' || in_system(n.system) || ' was changed ' || cast(n.changes as varchar)
  || ' times and came back ' || cast(n.returns as varchar) || ' times'
  || case when n.writers <> '' then ', by ' || n.writers else '' end || '.' as message,
  n.until_at as occurred_at,
  n.system || ' ' || n.field as discriminator,
  n.entity,
  n.field,
  n.changes,
  n.returns,
  n.since_at,
  n.writers,
  case when n.entity <> 'customers' then n.last_value end as last_value,
  case when n.entity <> 'customers' then n.value_before end as value_before
from named as n
