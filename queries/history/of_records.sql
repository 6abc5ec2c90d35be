-- Every finding that ever spoke of some records, as the newest run that holds it has it; open ones first, then the one that was there last.
with
rows_of as (
  select
    f.*,
    r.number,
    r.as_of
  from findings as f
  inner join runs as r on f.run_id = r.run_id
  where
    list_contains($keys, { 's': f.system, 'r': f.record_id })
    or list_contains($ids, f.salesforce_id)
),

newest as (
  select n.*
  from rows_of as n
  qualify row_number() over (partition by n.finding_id order by n.number desc) = 1
)

select
  n.finding_id,
  n.rule,
  n.severity,
  n.state,
  n.message,
  strftime(n.first_seen_at, '%Y-%m-%dT%H:%M:%SZ') as first_seen_at,
  strftime(n.last_seen_at, '%Y-%m-%dT%H:%M:%SZ') as last_seen_at,
  case when n.state = 'resolved' then strftime(n.as_of, '%Y-%m-%dT%H:%M:%SZ') end as resolved_at,
  n.reopened
from newest as n
order by
  n.state = 'resolved' asc,
  case n.severity when 'critical' then 0 when 'high' then 1 when 'medium' then 2 when 'low' then 3 else 4 end asc,
  n.last_seen_at desc,
  n.finding_id asc
