-- Customers that a person is, and those that links lead to; accounts too where nobody else hangs on them.
with recursive
seeds as (
  select
    c.system,
    c.record_id
  from customers as c
  where
    list_contains($emails, c.email_key)
    or list_contains($ids, c.record_id)
    or list_contains($ids, c.system || ':' || c.record_id)
),

pairs as (
  select
    l.shop_system as from_system,
    l.shop_id as from_id,
    l.salesforce_system as to_system,
    l.salesforce_id as to_id
  from customer_links as l
  where l.certainty <> 'ambiguous'
  union all
  select
    l.salesforce_system as from_system,
    l.salesforce_id as from_id,
    l.shop_system as to_system,
    l.shop_id as to_id
  from customer_links as l
  where l.certainty <> 'ambiguous'
  union all
  select
    c.system as from_system,
    min(c.record_id) as from_id,
    any_value(c.system) as to_system,
    c.account_id as to_id
  from customers as c
  where c.account_id is not null
  group by
    c.system,
    c.account_id
  having count(*) = 1
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
  c.system,
  c.record_id,
  c.file,
  c.line,
  c.email,
  c.phone,
  c.phone_key,
  c.first_name,
  c.last_name,
  c.address1
from customers as c
where (c.system, c.record_id) in (select (p.system, p.record_id) from person as p)
order by all
