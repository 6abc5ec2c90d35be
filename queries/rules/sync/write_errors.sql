/* +++
title    = "The integration leaves no errors behind"
question = "Which errors did the integration leave in Salesforce that nobody has dealt with?"
severity = "medium"
entity   = "write_errors"
since    = "0.2"
needs    = [
  "salesforce.write_errors",
  "salesforce.write_errors.message?",
  "salesforce.write_errors.is_resolved?",
  "salesforce.write_errors.occurred_at?",
]
why      = "The integration knows that it could not write something, and has said so where nobody looks: each such record is missing or out of date until somebody mends the cause and sends it again."
remedy   = "Read the error, mend its cause in the record or in the integration, send the record again, and mark the error as resolved or empty the field."
false_alarms = "Error fields that the integration never empties, where no field says when it last wrote successfully; faults that were dealt with and never marked."
fix      = "none"
optional = true
checked  = """
select count(*)
from write_errors as w
where w.deleted_at is null
"""

[params.grace_minutes]
default = 15
unit    = "minutes"
help    = "Errors younger than this may still be tried again by the integration itself."
+++ */
-- An error is dealt with where somebody says so, and where its record was written, or came about, after it. A word that says neither yes nor no
-- is not taken for either.
with faults as (
  select
    w.system,
    w.record_id,
    w.object,
    w.entity,
    s.system as shop_system,
    w.target_id,
    w.message,
    w.occurred_at
  from write_errors as w
  left join systems as s on w.store = s.system and s.side = 'shop'
  where
    w.deleted_at is null
    and coalesce(w.message, w.target_id) is not null
    and case when w.raw_status is null then true else w.is_resolved = false end
    and coalesce(w.occurred_at, timestamp '1970-01-01') < $as_of - to_minutes(cast($grace_minutes as bigint))
),

-- Ids are written as Salesforce has them, or as the shop has them, with or without a dress.
keys as (
  select distinct
    k.system,
    k.record_id,
    k.entity,
    k.shop_system,
    k.occurred_at,
    k.key
  from (
    select
      f.system,
      f.record_id,
      f.entity,
      f.shop_system,
      f.occurred_at,
      unnest([coalesce(f.target_id, f.record_id), id18(f.target_id), external_key(f.target_id)]) as key
    from faults as f
  ) as k
  where k.key is not null
),

links as (
  select
    'orders' as entity,
    l.salesforce_system,
    l.shop_system,
    l.shop_id,
    l.salesforce_id
  from order_links as l
  where l.is_primary
  union all
  select
    'customers' as entity,
    l.salesforce_system,
    l.shop_system,
    l.shop_id,
    l.salesforce_id
  from customer_links as l
  where l.is_primary
  union all
  select
    'products' as entity,
    l.salesforce_system,
    l.shop_system,
    l.shop_id,
    l.salesforce_id
  from product_links as l
  where l.is_primary
),

linked as (
  select
    k.system,
    k.record_id,
    k.entity,
    k.occurred_at,
    l.salesforce_id
  from keys as k
  inner join links as l
    on
      k.entity = l.entity
      and k.system = l.salesforce_system
      and k.key = l.shop_id
      and coalesce(k.shop_system, l.shop_system) = l.shop_system
  union
  select
    k.system,
    k.record_id,
    k.entity,
    k.occurred_at,
    k.key as salesforce_id
  from keys as k
),

-- When the record that the error is about was last written, as far as Salesforce says so.
written as (
  select
    l.system,
    l.record_id,
    l.occurred_at,
    o.number as label,
    greatest(coalesce(o.last_synced_at, o.created_at), o.created_at) as written_at
  from linked as l
  inner join orders as o on l.system = o.system and l.salesforce_id = o.record_id
  where l.entity = 'orders' and o.deleted_at is null
  union all
  select
    l.system,
    l.record_id,
    l.occurred_at,
    cast(null as varchar) as label,
    c.created_at as written_at
  from linked as l
  inner join customers as c on l.system = c.system and l.salesforce_id = c.record_id
  where l.entity = 'customers' and c.deleted_at is null
  union all
  select
    l.system,
    l.record_id,
    l.occurred_at,
    p.sku as label,
    p.created_at as written_at
  from linked as l
  inner join products as p on l.system = p.system and l.salesforce_id = p.record_id
  where l.entity = 'products' and p.deleted_at is null
),

known as (
  select
    w.system,
    w.record_id,
    min(w.label) as label,
    coalesce(bool_or(w.written_at > w.occurred_at), false) as is_settled
  from written as w
  group by
    w.system,
    w.record_id
),

standing as (
  select
    f.system,
    f.record_id,
    f.object,
    f.entity,
    f.target_id,
    f.occurred_at,
    coalesce(left(regexp_replace(f.message, '\s+', ' ', 'g'), 160), 'no text') as message,
    coalesce(k.label, f.target_id, f.record_id) as label,
    case f.entity when 'orders' then 'Order' when 'customers' then 'Customer' when 'products' then 'Product' else 'Record' end as noun,
    row_number() over (partition by f.system, f.record_id order by f.occurred_at desc nulls last, f.message asc) as nth
  from faults as f
  left join known as k on f.system = k.system and f.record_id = k.record_id
  where k.is_settled is not true
)

select
  s.system,
  cast(null as varchar) as record_id,
  s.record_id as salesforce_id,
  s.label,
  case
    when coalesce(s.entity, s.target_id) is null then s.object || ' ' || s.label || ' holds an error'
    else s.noun || ' ' || s.label || ' could not be written'
  end
  || coalesce(' on ' || strftime(s.occurred_at, '%Y-%m-%d'), '')
  || case
    when s.target_id is not null then ', says a record of ' || s.object || ': '
    when s.entity is not null then ', says its error field: '
    else ': '
  end
  || s.message || case when right(s.message, 1) in ('.', '!', '?') then '' else '.' end as message,
  s.occurred_at,
  s.object,
  s.entity as about,
  s.target_id
from standing as s
where s.nth = 1
