-- Ids that records of several systems bear, or a customer and an order of one.
select
  r.record_id,
  list(distinct r.system order by r.system) as systems
from (
  select
    c.system,
    c.record_id,
    'customer' as kind
  from customers as c
  union all
  select
    o.system,
    o.record_id,
    'order' as kind
  from orders as o
) as r
where list_contains($ids, r.record_id)
group by
  r.record_id
having count(*) > 1
order by
  r.record_id
