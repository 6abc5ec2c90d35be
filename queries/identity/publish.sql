-- What matching found, in the canonical tables.
insert into customer_clusters by name
with
joined as (
  select
    m.root,
    e.reasons
  from identity.edges_all as e
  inner join identity.members as m on e.a = m.rid
  inner join identity.members as n on e.b = n.rid and m.root = n.root
  where e.tier in ('certain', 'likely')
),

reasons as (
  select
    j.root,
    list_sort(list_distinct(flatten(list(j.reasons)))) as reasons
  from joined as j
  group by j.root
),

sizes as (
  select
    root,
    count(distinct certain_root) = 1 as is_certain
  from identity.members
  group by root
  having count(*) > 1
)

select
  first.system || ':' || first.record_id as cluster_id,
  beyond_doubt.system || ':' || beyond_doubt.record_id as certain_id,
  s.system,
  s.record_id,
  case when z.is_certain then 'certain' else 'likely' end as certainty,
  coalesce(r.reasons, []) as reasons
from identity.members as m
inner join sizes as z on m.root = z.root
inner join identity.sources as s on m.rid = s.rid
inner join identity.sources as first on m.root = first.rid
inner join identity.sources as beyond_doubt on m.certain_root = beyond_doubt.rid
left join reasons as r on m.root = r.root;

insert into identity_pairs by name
select
  x.system,
  x.record_id,
  y.system as other_system,
  y.record_id as other_id,
  e.tier,
  cast(e.score / 100 as decimal(9, 2)) as score,
  e.veto,
  e.relation,
  e.is_ambiguous,
  e.reasons
from identity.edges_all as e
inner join identity.sources as x on e.a = x.rid
inner join identity.sources as y on e.b = y.rid;

insert into related_groups by name
select
  first.system || ':' || first.record_id as group_id,
  r.relation,
  s.system,
  s.record_id
from identity.relatives as r
inner join identity.sources as s on r.rid = s.rid
inner join identity.sources as first on r.root = first.rid;

insert into shared_values by name
select
  s.system,
  'email' as kind,
  n.box || '@' || n.host as value,
  count(*) as records,
  case m.mail_kind
    when 'role' then 'box of an office'
    when 'placeholder' then 'placeholder'
    else 'too many records'
  end as reason
from identity.normalised as n
inner join identity.sources as s on n.rid = s.rid
inner join identity.mail_counts as m on n.box || '@' || n.host = m.mail
where m.mail_kind is not null
group by s.system, n.box || '@' || n.host, m.mail_kind
having count(*) > 1
union all
select
  s.system,
  'phone' as kind,
  s.phone_key as value,
  count(*) as records,
  'too many records' as reason
from identity.sources as s
inner join identity.phone_counts as p on s.phone_key = p.phone
where p.is_shared
group by s.system, s.phone_key
union all
select
  cast(null as varchar) as system,
  'key' as kind,
  c.name as value,
  count(distinct k.rid) as records,
  case when count(distinct k.key) = 1 then '1 such key is' else count(distinct k.key) || ' such keys are' end
  || ' on too many records for all of them to be compared' as reason
from identity.keys as k
inner join identity.caps as c on k.kind = c.kind
where not k.is_used
group by c.name;
