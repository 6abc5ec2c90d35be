"""A statement that never ends in DuckDB 2.0, whatever the number of threads: a LIMIT around a query that uses one of its steps twice."""

FOR_EVER = """
select w.id
from (
  with orders as (select r.i::varchar as id from range(300000) as r (i)),
  payments as (select r.i::varchar as id, 20 as amount from range(300000) as r (i)),
  refunds as (select r.i::varchar as id, sum(20) as amount from range(0, 300000, 2) as r (i) group by all),
  suspects as (select g.id, g.amount from refunds as g inner join orders as o on g.id = o.id),
  received as (select p.id, sum(p.amount) as amount from payments as p inner join suspects as x on p.id = x.id group by all)
  select x.id from suspects as x left join received as r on x.id = r.id where x.amount > coalesce(r.amount, 0)
) as w
limit 1001
"""
