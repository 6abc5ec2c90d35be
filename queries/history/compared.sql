-- What became of every finding between two runs, one row each. A finding that one of the runs lacks is new or resolved only where that
-- run could look: `grounds` says for which identities of rules and systems it could not, `reaches` from when on it could read orders, and
-- `strangers` which systems are not the same in both runs.
with
earlier as (
  select f.*
  from findings as f
  where
    f.run_id = $before
    and f.state not in ('resolved', 'unknown')
),

later as (
  select f.*
  from findings as f
  where
    f.run_id = $after
    and f.state not in ('resolved', 'unknown')
),

unsure as (
  select
    f.run_id,
    f.finding_id
  from findings as f
  where
    f.run_id in ($before, $after)
    and f.state = 'unknown'
),

paired as (
  select
    coalesce(l.finding_id, e.finding_id) as finding_id,
    coalesce(l.rule, e.rule) as rule,
    coalesce(l.identity, e.identity) as identity,
    coalesce(l.system, e.system) as system,
    coalesce(l.severity, e.severity) as severity,
    coalesce(l.entity, e.entity) as entity,
    coalesce(l.occurred_at, e.occurred_at) as occurred_at,
    e.state as state_before,
    l.state as state_after,
    e.amount as amount_before,
    e.currency as currency_before,
    l.amount as amount_after,
    l.currency as currency_after,
    not coalesce(l.digest = e.digest and l.severity = e.severity, false) as is_changed,
    case when l.finding_id is null then $after when e.finding_id is null then $before end as missing_in
  from later as l
  full outer join earlier as e on l.finding_id = e.finding_id
),

grounded as (
  select
    p.*,
    case
      when s.reason is not null then s.reason
      when g.reason is not null then g.reason
      when p.occurred_at < r.reach then 'Orders of ' || p.system || ' could be read only from ' || strftime(r.reach, '%Y-%m-%d') || ' on.'
      when u.finding_id is not null then 'It could not be told whether it was still there.'
    end as reason
  from paired as p
  left join grounds as g
    on
      p.missing_in = g.run_id
      and p.identity = g.identity
      and p.system = g.system
  left join strangers as s on p.system = s.system
  left join reaches as r
    on
      p.missing_in = r.run_id
      and p.system = r.system
      and p.entity in ('orders', 'order_lines', 'refunds', 'returns', 'fulfillments', 'payments')
  left join unsure as u
    on
      p.missing_in = u.run_id
      and p.finding_id = u.finding_id
)

select
  d.finding_id,
  d.rule,
  d.system,
  d.severity,
  d.state_before,
  d.state_after,
  d.amount_before,
  d.currency_before,
  d.amount_after,
  d.currency_after,
  d.missing_in,
  d.reason,
  case
    when d.reason is not null then 'not_compared'
    when d.state_after is null then 'resolved'
    when d.state_after = 'waived' and d.state_before = 'waived' then 'still_waived'
    when d.state_after = 'waived' then 'waived'
    when d.state_before is null then 'new'
    when d.state_before = 'waived' then 'no_longer_waived'
    when d.is_changed then 'updated'
    else 'unchanged'
  end as change
from grounded as d
