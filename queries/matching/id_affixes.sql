/* +++
after = ["matched"]
+++ */
-- What an integration writes around the ids and numbers of a shop: SHOP-5001, 1001/DE. Nothing is assumed from its looks: the same dress must
-- lead at least five records to shop records with which they also share e-mail, amount or SKU, and nine of ten where both sides hold one.
-- Digits alone wear nothing, which is the usual case and costs one scan.
with
shop as (
  select
    'orders' as entity,
    o.system,
    s.side,
    external_key(o.record_id) as id_key,
    o.number_key,
    o.email_key as trait,
    o.total
  from orders as o
  inner join matched as m on o.system = m.system and m.entity = 'orders'
  inner join systems as s on o.system = s.system
  where o.deleted_at is null
  union all
  select
    'customers' as entity,
    c.system,
    s.side,
    external_key(c.record_id) as id_key,
    null as number_key,
    c.email_key as trait,
    null as total
  from customers as c
  inner join matched as m on c.system = m.system and m.entity = 'customers'
  inner join systems as s on c.system = s.system
  where c.deleted_at is null
  union all
  select
    'products' as entity,
    p.system,
    s.side,
    external_key(p.record_id) as id_key,
    null as number_key,
    p.sku_key as trait,
    null as total
  from products as p
  inner join matched as m on p.system = m.system and m.entity = 'products'
  inner join systems as s on p.system = s.system
  where p.deleted_at is null
),

salesforce as (
  select
    'orders' as entity,
    o.system,
    o.record_id,
    o.external_ids,
    o.number_key,
    o.email_key as trait,
    o.total
  from orders as o
  inner join systems as s on o.system = s.system and s.side = 'salesforce'
  where o.deleted_at is null
  union all
  select
    'customers' as entity,
    c.system,
    c.record_id,
    c.external_ids,
    null as number_key,
    c.email_key as trait,
    null as total
  from customers as c
  inner join systems as s on c.system = s.system and s.side = 'salesforce'
  where c.deleted_at is null and c.merged_into is null
  union all
  select
    'products' as entity,
    p.system,
    p.record_id,
    p.external_ids,
    null as number_key,
    p.sku_key as trait,
    null as total
  from products as p
  inner join systems as s on p.system = s.system and s.side = 'salesforce'
  where p.deleted_at is null
),

held as (
  select
    f.entity,
    f.system,
    f.trait,
    f.total,
    cast(null as varchar) as field_of,
    external_key(f.external_ids['external_id']) as key
  from salesforce as f
  where f.external_ids is not null
  union all
  select
    e.entity,
    e.system,
    e.trait,
    e.total,
    e.entry.key as field_of,
    external_key(e.entry.value) as key
  from (
    select
      f.entity,
      f.system,
      f.trait,
      f.total,
      unnest(map_entries(own_ids(f.external_ids))) as entry
    from salesforce as f
    where own_ids(f.external_ids) is not null
  ) as e
  where e.entry.key <> 'external_id'
),

-- NOTE: joins instead of `exists` here: DuckDB 2.0 makes a step of such a subquery, and waited for ever on a million orders.
dressed as materialized (
  select
    h.entity,
    h.system,
    h.trait,
    h.total,
    h.field_of,
    affix_prefix(h.key) as prefix,
    affix_core(h.key) as core,
    affix_suffix(h.key) as suffix
  from held as h
  anti join shop as o on h.entity = o.entity and h.key = o.id_key
  where is_dressed(h.key)
),

dressed_numbers as (
  select count(*) > 0 as in_shop
  from shop as o
  where is_dressed(o.number_key)
),

-- Numbers differ in dress on either side. Where all are digits, or all are found as they are, nothing is left to look at.
numbered as materialized (
  select
    f.system,
    f.trait,
    f.total,
    affix_prefix(f.number_key) as prefix,
    affix_core(f.number_key) as core,
    affix_suffix(f.number_key) as suffix
  from salesforce as f
  cross join dressed_numbers as d
  anti join shop as o on f.number_key = o.number_key and o.entity = 'orders'
  where f.entity = 'orders' and f.number_key is not null and (is_dressed(f.number_key) or d.in_shop)
),

met as (
  select
    d.entity,
    'id' as kind,
    d.system as salesforce_system,
    d.prefix,
    d.suffix,
    o.system as shop_system,
    o.side,
    '' as shop_prefix,
    '' as shop_suffix,
    o.trait = d.trait as is_same,
    o.total = d.total as is_equal
  from dressed as d
  inner join shop as o on d.entity = o.entity and d.core = o.id_key and d.core <> ''
  where coalesce(d.field_of, o.system) = o.system
  union all
  select
    d.entity,
    'number_as_id' as kind,
    d.system as salesforce_system,
    d.prefix,
    d.suffix,
    o.system as shop_system,
    o.side,
    affix_prefix(o.number_key) as shop_prefix,
    affix_suffix(o.number_key) as shop_suffix,
    o.trait = d.trait as is_same,
    o.total = d.total as is_equal
  from dressed as d
  inner join shop as o on d.entity = o.entity and d.core = affix_core(o.number_key) and d.core <> ''
  where coalesce(d.field_of, o.system) = o.system
  union all
  select
    'orders' as entity,
    'number' as kind,
    n.system as salesforce_system,
    n.prefix,
    n.suffix,
    o.system as shop_system,
    o.side,
    affix_prefix(o.number_key) as shop_prefix,
    affix_suffix(o.number_key) as shop_suffix,
    o.trait = n.trait as is_same,
    o.total = n.total as is_equal
  from numbered as n
  inner join shop as o on o.entity = 'orders' and n.core = affix_core(o.number_key) and n.core <> ''
),

counted as (
  select
    m.entity,
    m.kind,
    m.salesforce_system,
    m.shop_system,
    m.side,
    m.prefix,
    m.suffix,
    m.shop_prefix,
    m.shop_suffix,
    count(*) filter (where m.is_same or m.is_equal) as records
  from met as m
  where m.is_same is not null or m.is_equal is not null
  group by
    m.entity,
    m.kind,
    m.salesforce_system,
    m.shop_system,
    m.side,
    m.prefix,
    m.suffix,
    m.shop_prefix,
    m.shop_suffix
  having count(*) filter (where m.is_same or m.is_equal) >= 5 and count(*) filter (where m.is_same or m.is_equal) * 10 >= count(*) * 9
),

told as (
  select
    *,
    count(*) over (partition by entity, kind, salesforce_system, side, prefix, suffix) as candidates
  from counted
)

select
  entity,
  kind,
  salesforce_system,
  shop_system,
  prefix,
  suffix,
  shop_prefix,
  shop_suffix,
  records
from told
where candidates = 1
