-- Records that two people of another system resemble nearly alike: which of the two it is, nobody can say, so it joins neither.
-- The best partner must lead the next one that is somebody else by three bits; partners that may be one person are no rivals.
create or replace table identity.rivals as
with
ends as (
  select
    e.a as rid,
    e.b as partner,
    e.score
  from identity.edges as e
  union all
  select
    e.b as rid,
    e.a as partner,
    e.score
  from identity.edges as e
),

across as (
  select
    s.rid,
    s.partner,
    y.place,
    s.score,
    max(s.score) over (partition by s.rid, y.place) as best
  from ends as s
  inner join identity.people as x on s.rid = x.rid
  inner join identity.people as y on s.partner = y.rid and x.place <> y.place
  -- What a person has decided is no question of bits.
  anti join identity.decided as d on least(s.rid, s.partner) = d.a and greatest(s.rid, s.partner) = d.b
),

near as (
  select
    a.rid,
    a.partner,
    a.place
  from across as a
  where a.score > a.best - 300
),

others as (
  select
    i.a,
    i.b
  from identity.inner_scores as i
  where i.is_apart or i.is_decided_apart or i.score < -200
)

select distinct
  n.rid,
  unnest([n.partner, m.partner]) as partner
from near as n
inner join near as m on n.rid = m.rid and n.place = m.place and n.partner < m.partner
inner join others as o on n.partner = o.a and m.partner = o.b;

delete from identity.edges as e
using identity.rivals as r
where e.a = least(r.rid, r.partner) and e.b = greatest(r.rid, r.partner);

update identity.edges_all as e
set
  tier = 'review',
  is_ambiguous = true,
  reasons = list_append(e.reasons, 'somebody else of that system is nearly as likely')
from (
  select
    least(r.rid, r.partner) as a,
    greatest(r.rid, r.partner) as b
  from identity.rivals as r
  group by all
) as r
where e.a = r.a and e.b = r.b;
