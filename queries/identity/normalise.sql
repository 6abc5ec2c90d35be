-- Every living record of a person or business, with its names, addresses and numbers in comparable form.
create or replace table identity.sources as
with
living as (
  select
    c.system,
    c.record_id,
    c.object,
    case when c.first_name is null and contains(trim(c.last_name), ' ') then regexp_extract(trim(c.last_name), '^(.*)\s+\S+$', 1) else c.first_name end as first_name,
    case
      when c.first_name is null and contains(trim(c.last_name), ' ') then regexp_extract(trim(c.last_name), '\S+$')
      when c.last_name is null and contains(trim(c.first_name), ' ') then regexp_extract(trim(c.first_name), '\S+$')
      else c.last_name
    end as last_name,
    case when c.last_name is null and contains(trim(c.first_name), ' ') then regexp_extract(trim(c.first_name), '^(.*)\s+\S+$', 1) end as single_first,
    c.company,
    c.email_key,
    c.phone_key,
    c.address1,
    c.postal_key,
    c.city,
    c.birth_date,
    c.external_ids
  from customers as c
  where c.deleted_at is null and c.merged_into is null and coalesce(c.state, '') not in ('merged', 'redacted')
)

select
  row_number() over (order by system, record_id) as rid,
  system,
  record_id,
  object,
  coalesce(single_first, first_name) as first_name,
  last_name,
  company,
  lower(email_key) as email_key,
  phone_key,
  address1,
  postal_key,
  city,
  birth_date,
  external_ids
from living;

create or replace table identity.given_names as
with
lists as (
  select
    list(word) filter (where kind = 'titles') as titles,
    list(word) filter (where kind = 'placeholder_names') as nobody
  from identity.words
),

raw as (
  select distinct first_name
  from identity.sources
  where first_name is not null
),

split as (
  select
    r.first_name,
    list_filter(words_of(r.first_name), lambda w: not list_contains(l.titles, w) and not list_contains(l.nobody, w)) as words  -- noqa: RF02
  from raw as r
  cross join lists as l
),

ordered as (
  select
    first_name,
    words,
    -- J. Robert is called Robert.
    case when length(words[1]) = 1 and length(words[2]) > 1 and words[1] between 'a' and 'z' then words[2] else words[1] end as given,
    case when length(words[1]) = 1 and length(words[2]) > 1 and words[1] between 'a' and 'z' then words[1] else words[2] end as second
  from split
  where len(words) > 0
)

select
  o.first_name,
  array_to_string(o.words, '') as given_all,
  o.given,
  o.second,
  skeleton(o.given) as given_skeleton,
  o.given between 'a' and 'zz' and length(o.given) = 1 as is_initial,
  k.name is not null as is_known,
  coalesce(k.is_common, false) as is_common
from ordered as o
left join identity.known_names as k on o.given = k.name;

create or replace table identity.family_names as
with
lists as (
  select
    list(word) filter (where kind in ('titles', 'particles')) as particles,
    list(word) filter (where kind = 'placeholder_names') as nobody,
    list(word) filter (where kind = 'suffixes') as suffixes
  from identity.words
),

raw as (
  select distinct last_name
  from identity.sources
  where last_name is not null
),

split as (
  select
    r.last_name,
    list_filter(words_of(r.last_name), lambda w: not list_contains(l.nobody, w)) as words,  -- noqa: RF02
    l.particles,
    l.suffixes
  from raw as r
  cross join lists as l
),

cleaned as (
  select
    last_name,
    case when len(words) > 1 then list_filter(words, lambda w: list_contains(suffixes, w))[1] end as suffix,
    words,
    list_filter(words, lambda w: not list_contains(particles, w) and not list_contains(suffixes, w)) as kept
  from split
  where len(words) > 0
)

select
  last_name,
  case suffix
    when 'junior' then 'jr'
    when 'jun' then 'jr'
    when 'jnr' then 'jr'
    when 'senior' then 'sen'
    when 'snr' then 'sen'
    else suffix
  end as suffix,
  array_to_string(case when len(kept) = 0 then words else kept end, '') as family,
  (case when len(kept) = 0 then words else kept end)[1] as family_first,
  (case when len(kept) = 0 then words else kept end)[-1] as family_last,
  skeleton(array_to_string(case when len(kept) = 0 then words else kept end, '')) as family_skeleton
from cleaned;

create or replace table identity.companies as
with
lists as (
  select list(word) as forms
  from identity.words
  where kind = 'legal_forms'
),

raw as (
  select distinct company
  from identity.sources
  where company is not null
),

split as (
  select
    r.company,
    words_of(r.company) as words,
    l.forms
  from raw as r
  cross join lists as l
)

select
  company,
  array_to_string(
    case
      when len(list_filter(words, lambda w: not list_contains(forms, w))) = 0 then words
      else list_filter(words, lambda w: not list_contains(forms, w))
    end,
    ' '
  ) as organisation
from split
where len(words) > 0;

-- NOTE: a pattern out of a column would be compiled for every row.
set variable identity_street_words = (
  select '\b(' || string_agg(word, '|' order by word) || ')\b'
  from identity.words
  where kind = 'street_words'
);

-- Mail boxes and streets are nearly as many as records, so they are taken apart where they stand.
create or replace table identity.normalised as
with
mail as (
  select
    s.rid,
    case split_part(s.email_key, '@', 2) when 'googlemail.com' then 'gmail.com' else split_part(s.email_key, '@', 2) end as host,
    split_part(split_part(s.email_key, '@', 1), '+', 1) as box
  from identity.sources as s
  where s.email_key is not null
),

boxes as (
  select
    rid,
    host,
    case when host = 'gmail.com' then replace(box, '.', '') else box end as box,
    regexp_replace(box, '[^a-z]', '', 'g') as word
  from mail
),

hosts as (
  select distinct b.host
  from boxes as b
  inner join identity.words as w on (b.host = w.word or ends_with(b.host, '.' || w.word)) and w.kind = 'placeholder_hosts'
),

judged as (
  select
    b.rid,
    b.host,
    b.box,
    case
      when h.host is not null or w.kind = 'placeholder_boxes' then 'placeholder'
      when w.kind = 'role_boxes' then 'role'
    end as mail_kind
  from boxes as b
  left join identity.words as w on b.word = w.word and w.kind in ('role_boxes', 'placeholder_boxes')
  left join hosts as h on b.host = h.host
),

streets as (
  select
    s.rid,
    regexp_replace(fold(s.address1), '[^\p{L}\p{M}\p{N}]+', ' ', 'g') as street
  from identity.sources as s
  where s.address1 is not null
),

housed as (
  select
    rid,
    street,
    coalesce(nullif(regexp_extract(street, '^ ?([0-9]+)', 1), ''), nullif(regexp_extract(street, '([0-9]+)[^0-9]*$', 1), '')) as house
  from streets
),

named as (
  select
    h.rid,
    h.house,
    nullif(replace(regexp_replace(
      regexp_replace(replace(' ' || h.street || ' ', ' ' || coalesce(h.house, '?') || ' ', ' '), getvariable('identity_street_words'), ' ', 'g'),
      '(strase|strasse|str)( |$)', ' ', 'g'
    ), ' ', ''), '') as street
  from housed as h
)

select
  s.rid,
  s.system,
  g.given_all,
  g.given,
  g.second,
  g.given_skeleton,
  coalesce(g.is_initial, false) as is_initial,
  coalesce(g.is_known, false) as is_known,
  coalesce(g.is_common, false) as is_common,
  f.family,
  f.family_first,
  f.family_last,
  f.family_skeleton,
  f.suffix,
  j.box,
  j.host,
  j.mail_kind,
  s.phone_key as phone,
  n.street,
  n.house,
  s.postal_key as postal,
  nullif(regexp_replace(fold(s.city), '[^\p{L}\p{M}]', '', 'g'), '') as city,
  s.birth_date as birth,
  k.organisation,
  g.given is null and f.family is null and k.organisation is not null as is_organisation,
  s.external_ids
from identity.sources as s
left join identity.given_names as g on s.first_name = g.first_name
left join identity.family_names as f on s.last_name = f.last_name
left join identity.companies as k on s.company = k.company
left join judged as j on s.rid = j.rid
left join named as n on s.rid = n.rid;
