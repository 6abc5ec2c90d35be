/* +++
after = []
+++ */
-- The same person several times inside one Salesforce org, certain tier: same external id, or same e-mail and name, or same phone and name.
-- Role boxes and placeholders are nobody's identity, and neither is a value that more than forty records share.
with recursive
people as (
  select
    c.system,
    c.record_id,
    external_key(c.external_ids['external_id']) as external_key,
    case
      when
        regexp_full_match(
          email_local(c.email_key),
          'info|sales|office|kontakt|contact|hello|hallo|mail|post|team|shop|store|order|orders|bestellung|support|service|help'
          || '|admin|administrator|accounts?|accounting|billing|invoices?|buchhaltung|rechnung|einkauf|purchasing|reception|webmaster'
          || '|no-?reply|do-?not-?reply|no-?e?mail|none|na|n-a|null|nil|unknown|unbekannt|test|tests?|guest|gast|walk-?in|customer|kunde|xxx*'
        )
        then null
      else c.email_key
    end as email_key,
    c.phone_key,
    c.name_key
  from customers as c
  inner join systems as s on c.system = s.system
  where s.side = 'salesforce' and c.deleted_at is null and c.merged_into is null
),

shared_emails as (
  select
    system,
    email_key
  from people
  where email_key is not null
  group by system, email_key
  having count(*) > 40
),

shared_phones as (
  select
    system,
    phone_key
  from people
  where phone_key is not null
  group by system, phone_key
  having count(*) > 40
),

keys as (
  select
    system,
    record_id,
    'same external id' as reason,
    external_key as value
  from people
  where external_key is not null
  union all
  select
    p.system,
    p.record_id,
    'same e-mail and name' as reason,
    p.email_key || '|' || p.name_key as value
  from people as p
  anti join shared_emails as s on p.system = s.system and p.email_key = s.email_key
  where p.email_key is not null and p.name_key is not null
  union all
  select
    p.system,
    p.record_id,
    'same phone and name' as reason,
    p.phone_key || '|' || p.name_key as value
  from people as p
  anti join shared_phones as s on p.system = s.system and p.phone_key = s.phone_key
  where p.phone_key is not null and p.name_key is not null
),

groups as (
  select
    system,
    reason,
    value,
    min(record_id) as first_id
  from keys
  group by system, reason, value
  having count(*) between 2 and 40
),

spokes as materialized (
  select
    k.system,
    k.record_id,
    g.first_id,
    k.reason
  from keys as k
  inner join groups as g on k.system = g.system and k.reason = g.reason and k.value = g.value
),

edges as materialized (
  select
    system,
    record_id as here,
    first_id as there
  from spokes
  where record_id <> first_id
  union
  select
    system,
    first_id as here,
    record_id as there
  from spokes
  where record_id <> first_id
),

-- Everybody hands the smallest id that has reached him on to his neighbours, until nothing changes.
reached as (
  select
    system,
    here as record_id,
    least(here, there) as root
  from edges
  union
  select
    e.system,
    e.there as record_id,
    r.root
  from reached as r
  inner join edges as e on r.system = e.system and r.record_id = e.here
  where r.root < e.there
),

rooted as (
  select
    system,
    record_id,
    min(root) as root
  from reached
  group by system, record_id
),

reasons as (
  select
    r.system,
    r.root,
    list(distinct s.reason order by s.reason) as reasons
  from rooted as r
  inner join spokes as s on r.system = s.system and r.record_id = s.record_id
  group by r.system, r.root
)

select
  r.system || ':' || r.root as cluster_id,
  r.system,
  r.record_id,
  'certain' as certainty,
  why.reasons
from rooted as r
inner join reasons as why on r.system = why.system and r.root = why.root
