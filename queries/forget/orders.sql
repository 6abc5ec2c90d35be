-- Orders of a person: those of his customers, those that carry his address, those that were named; and the same orders in other systems.
with recursive
customers_of as (
  select
    unnest($systems) as system,
    unnest($customers) as record_id
),

seeds as (
  select
    o.system,
    o.record_id
  from orders as o
  where
    list_contains($emails, o.email_key)
    or list_contains($ids, o.record_id)
    or list_contains($ids, o.system || ':' || o.record_id)
    or (o.system, o.customer_id) in (select (c.system, c.record_id) from customers_of as c)
),

pairs as (
  select
    l.shop_system as from_system,
    l.shop_id as from_id,
    l.salesforce_system as to_system,
    l.salesforce_id as to_id
  from order_links as l
  where l.certainty <> 'ambiguous'
  union all
  select
    l.salesforce_system,
    l.salesforce_id,
    l.shop_system,
    l.shop_id
  from order_links as l
  where l.certainty <> 'ambiguous'
),

person as (
  select
    s.system,
    s.record_id
  from seeds as s
  union
  select
    p.to_system,
    p.to_id
  from person as f
  inner join pairs as p
    on
      f.system = p.from_system
      and f.record_id = p.from_id
)

select
  o.system,
  o.record_id,
  o.file,
  o.line,
  o.email
from orders as o
where (o.system, o.record_id) in (select (p.system, p.record_id) from person as p)
order by all
