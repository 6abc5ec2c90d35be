-- How many records of one system bear each value, and what an agreement on it is therefore worth, in hundredths of a bit.
create or replace table identity.totals as
with
sizes as (
  select
    system,
    count(*) as records
  from identity.normalised
  group by system
)

select
  coalesce(max(records), 0) as records,
  cast(greatest(coalesce(max(records), 0), 1000) as double) as total,
  coalesce(max(records), 0) < 100000 as is_small
from sizes;

-- A pair is a match with this probability before anything of it was looked at.
create or replace table identity.priors as
select bits(w.m, t.total) as prior
from identity.weights as w
cross join identity.totals as t
where w.field = 'prior';

create or replace table identity.given_counts as
with
counted as (
  select
    system,
    given,
    count(*) as records
  from identity.normalised
  where given is not null
  group by system, given
)

select
  c.given,
  max(c.records) as records,
  bits(any_value(w.m), greatest(any_value(w.floor), share(max(c.records), any_value(t.total)))) as given_bits
from counted as c
cross join identity.totals as t
inner join identity.weights as w on w.field = 'given' and w.level = 'exact'
group by c.given;

create or replace table identity.family_counts as
with
counted as (
  select
    system,
    family,
    count(*) as records
  from identity.normalised
  where family is not null
  group by system, family
)

select
  c.family,
  max(c.records) as records,
  bits(any_value(w.m), greatest(any_value(w.floor), share(max(c.records), any_value(t.total)))) as family_bits
from counted as c
cross join identity.totals as t
inner join identity.weights as w on w.field = 'family' and w.level = 'exact'
group by c.family;

-- Boxes and numbers that two people bear whose given names nobody takes for each other: a family's, so that they tell families apart, not people.
create or replace table identity.household_values as
with
borne as (
  select
    box || '@' || host as value,
    given
  from identity.normalised
  where box is not null and mail_kind is null and is_known
  union all
  select
    phone as value,
    given
  from identity.normalised
  where phone is not null and is_known
),

mixed as (
  select
    value,
    -- Of a box that hundreds bear, a few names say as much.
    list_sort(list(distinct given))[:40] as names
  from borne
  group by value
  having min(given) <> max(given)
),

sides as (
  select
    value,
    names,
    unnest(names) as given
  from mixed
),

paired as (
  select
    value,
    given,
    unnest(names) as other
  from sides
)

select distinct p.value
from paired as p
left join identity.nicknames as n on p.given = n.a and p.other = n.b
where p.given < p.other and n.a is null;

create or replace table identity.mail_counts as
with
counted as (
  select
    system,
    box || '@' || host as mail,
    any_value(mail_kind) as mail_kind,
    count(*) as records
  from identity.normalised
  where box is not null
  group by system, box || '@' || host
)

select
  c.mail,
  max(c.records) as records,
  coalesce(any_value(c.mail_kind), case when max(c.records) > any_value(cap.value) then 'shared' end) as mail_kind,
  bits(any_value(w.m), greatest(any_value(w.floor), share(max(c.records), any_value(t.total)))) as mail_bits
from counted as c
cross join identity.totals as t
inner join identity.weights as w on w.field = 'email' and w.level = 'exact'
inner join identity.caps as cap on cap.name = 'value'
group by c.mail
having max(c.records) > 1 or count(*) > 1 or any_value(c.mail_kind) is not null;

create or replace table identity.phone_counts as
with
counted as (
  select
    system,
    phone,
    count(*) as records
  from identity.normalised
  where phone is not null
  group by system, phone
)

select
  c.phone,
  max(c.records) as records,
  max(c.records) > any_value(cap.value) as is_shared,
  bits(any_value(w.m), greatest(any_value(w.floor), share(max(c.records), any_value(t.total)))) as phone_bits
from counted as c
cross join identity.totals as t
inner join identity.weights as w on w.field = 'phone' and w.level = 'exact'
inner join identity.caps as cap on cap.name = 'value'
group by c.phone
having max(c.records) > 1 or count(*) > 1;

create or replace table identity.house_counts as
with
counted as (
  select
    system,
    hash(street, house, coalesce(postal, city)) as address,
    count(*) as records
  from identity.normalised
  where street is not null and house is not null
  group by system, hash(street, house, coalesce(postal, city))
)

select
  c.address,
  max(c.records) as records,
  bits(any_value(w.m), greatest(any_value(w.floor), share(max(c.records), any_value(t.total)))) as address_bits
from counted as c
cross join identity.totals as t
inner join identity.weights as w on w.field = 'address' and w.level = 'exact'
group by c.address
having max(c.records) > 1 or count(*) > 1;

create or replace table identity.postal_counts as
with
counted as (
  select
    system,
    postal,
    count(*) as records
  from identity.normalised
  where postal is not null
  group by system, postal
)

select
  c.postal,
  bits(any_value(w.m), greatest(any_value(w.floor), share(max(c.records), any_value(t.total)))) as postal_bits
from counted as c
cross join identity.totals as t
inner join identity.weights as w on w.field = 'address' and w.level = 'postal'
group by c.postal;

create or replace table identity.city_counts as
with
counted as (
  select
    system,
    city,
    count(*) as records
  from identity.normalised
  where city is not null
  group by system, city
)

select
  c.city,
  bits(any_value(w.m), greatest(any_value(w.floor), share(max(c.records), any_value(t.total)))) as city_bits
from counted as c
cross join identity.totals as t
inner join identity.weights as w on w.field = 'address' and w.level = 'city'
group by c.city;

create or replace table identity.organisation_counts as
with
counted as (
  select
    system,
    organisation,
    count(*) as records
  from identity.normalised
  where is_organisation
  group by system, organisation
)

select
  c.organisation,
  bits(any_value(w.m), greatest(any_value(w.floor), share(max(c.records), any_value(t.total)))) as organisation_bits
from counted as c
cross join identity.totals as t
inner join identity.weights as w on w.field = 'organisation' and w.level = 'exact'
group by c.organisation;

-- What scoring looks at, one row a record. A value that nobody else has is never agreed on, so its bits do not matter.
create or replace table identity.people as
select
  n.rid,
  cast(dense_rank() over (order by n.system) as utinyint) as place,
  n.given_all,
  n.given,
  n.second,
  n.given_skeleton,
  n.is_initial,
  n.is_known,
  n.is_common,
  cast(coalesce(g.given_bits, 0) as smallint) as given_bits,
  n.family,
  n.family_first,
  n.family_last,
  n.family_skeleton,
  n.suffix,
  cast(coalesce(f.family_bits, 0) as smallint) as family_bits,
  case when coalesce(m.mail_kind, n.mail_kind, '') <> 'placeholder' then n.box end as box,
  case when coalesce(m.mail_kind, n.mail_kind, '') <> 'placeholder' then n.host end as host,
  coalesce(m.mail_kind, n.mail_kind) is not null as is_mail_shared,
  hm.value is not null as is_mail_household,
  cast(coalesce(m.mail_bits, 0) as smallint) as mail_bits,
  n.phone,
  coalesce(p.is_shared, false) as is_phone_shared,
  hp.value is not null as is_phone_household,
  cast(coalesce(p.phone_bits, 0) as smallint) as phone_bits,
  n.street,
  n.house,
  n.postal,
  n.city,
  cast(coalesce(h.address_bits, 0) as smallint) as address_bits,
  cast(coalesce(z.postal_bits, 0) as smallint) as postal_bits,
  cast(coalesce(c.city_bits, 0) as smallint) as city_bits,
  n.birth,
  n.organisation,
  n.is_organisation,
  cast(coalesce(o.organisation_bits, 0) as smallint) as organisation_bits
from identity.normalised as n
left join identity.given_counts as g on n.given = g.given
left join identity.family_counts as f on n.family = f.family
left join identity.mail_counts as m on n.box || '@' || n.host = m.mail
left join identity.phone_counts as p on n.phone = p.phone
left join identity.household_values as hm on n.box || '@' || n.host = hm.value
left join identity.household_values as hp on n.phone = hp.value
left join identity.house_counts as h on hash(n.street, n.house, coalesce(n.postal, n.city)) = h.address
left join identity.postal_counts as z on n.postal = z.postal
left join identity.city_counts as c on n.city = c.city
left join identity.organisation_counts as o on n.organisation = o.organisation and n.is_organisation;
