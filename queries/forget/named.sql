-- What records that were named by their ids say of their person: the address, unless it is nobody's own, and the customer behind an order.
with
named as (
  select
    c.email_key,
    null as customer
  from customers as c
  where
    list_contains($ids, c.record_id)
    or list_contains($ids, c.system || ':' || c.record_id)
  union
  select
    o.email_key,
    o.system || ':' || o.customer_id as customer
  from orders as o
  where
    list_contains($ids, o.record_id)
    or list_contains($ids, o.system || ':' || o.record_id)
)

select
  n.email_key,
  n.customer
from named as n
where
  n.email_key is null or n.email_key not in (
    select v.value from shared_values as v
    where v.kind = 'email'
  )
order by all
