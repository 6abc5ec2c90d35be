-- What records that could be one person have in common. Every kind of key has a cap: a key that more records of one system bear is no key.
create or replace table identity.keys as
with
valued as (
  select
    i.rid,
    cast(0 as utinyint) as kind,
    'id' || i.id as value
  from identity.ids as i
  union all
  select
    p.rid,
    cast(1 as utinyint) as kind,
    p.box || '@' || p.host as value
  from identity.people as p
  where p.box is not null and not p.is_mail_shared
  union all
  select
    p.rid,
    cast(2 as utinyint) as kind,
    p.phone as value
  from identity.people as p
  where not p.is_phone_shared
  union all
  select
    p.rid,
    cast(3 as utinyint) as kind,
    p.box as value
  from identity.people as p
  where length(p.box) >= 6 and not p.is_mail_shared
  union all
  select
    p.rid,
    cast(4 as utinyint) as kind,
    p.street || '|' || p.house || '|' || coalesce(p.postal, p.city) as value
  from identity.people as p
  union all
  select
    p.rid,
    cast(5 as utinyint) as kind,
    left(p.family, 4) || '|' || left(p.given, 1) || '|' || p.postal as value
  from identity.people as p
  union all
  select
    p.rid,
    cast(6 as utinyint) as kind,
    least(p.given, p.family) || '|' || greatest(p.given, p.family) as value
  from identity.people as p
  where p.given is not null and p.family is not null
  union all
  select
    p.rid,
    cast(7 as utinyint) as kind,
    p.given_skeleton || '|' || p.family_skeleton as value
  from identity.people as p
  where length(p.given_skeleton) > 1
  union all
  select
    p.rid,
    cast(8 as utinyint) as kind,
    left(p.given_skeleton, 2) || '|' || p.family_skeleton || '|' || coalesce(p.city, p.postal) as value
  from identity.people as p
  union all
  select
    p.rid,
    cast(9 as utinyint) as kind,
    cast(p.birth as varchar) || left(p.family, 1) as value
  from identity.people as p
  union all
  select
    p.rid,
    cast(10 as utinyint) as kind,
    cast(p.birth as varchar) || left(p.given, 1) as value
  from identity.people as p
  union all
  select
    p.rid,
    cast(11 as utinyint) as kind,
    p.street || '|' || p.family_skeleton as value
  from identity.people as p
  union all
  select
    p.rid,
    cast(12 as utinyint) as kind,
    p.family as value
  from identity.people as p
  inner join identity.totals as s on s.is_small
  union all
  select
    p.rid,
    cast(13 as utinyint) as kind,
    p.postal as value
  from identity.people as p
  inner join identity.totals as s on s.is_small
  union all
  select
    p.rid,
    cast(14 as utinyint) as kind,
    p.given || '|' || p.postal as value
  from identity.people as p
  inner join identity.totals as s on s.is_small
  union all
  select
    p.rid,
    cast(15 as utinyint) as kind,
    p.street as value
  from identity.people as p
  inner join identity.totals as s on s.is_small
  union all
  select
    p.rid,
    cast(16 as utinyint) as kind,
    p.organisation as value
  from identity.people as p
  where p.is_organisation
  union all
  select
    p.rid,
    cast(17 as utinyint) as kind,
    left(p.organisation, 5) || '|' || p.postal as value
  from identity.people as p
  where p.is_organisation
),

hashed as (
  select
    v.rid,
    v.kind,
    hash(v.kind, v.value) as key
  from valued as v
  where v.value is not null
),

sizes as (
  select
    h.key,
    p.place,
    any_value(h.kind) as kind,
    count(*) as records
  from hashed as h
  inner join identity.people as p on h.rid = p.rid
  group by h.key, p.place
),

blocks as (
  select
    s.key,
    max(s.records) as records
  from sizes as s
  group by s.key
  having sum(s.records) > 1
)

select
  h.key,
  h.kind,
  h.rid,
  b.records <= c.value as is_used,
  b.records
from hashed as h
inner join blocks as b on h.key = b.key
inner join identity.caps as c on h.kind = c.kind;
