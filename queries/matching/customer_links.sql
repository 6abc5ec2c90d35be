/* +++
after = []
+++ */
-- Shop customers and their Salesforce records: by external id, else by e-mail. The loser of a merge passes its id on to its survivor.
with recursive
shop as (
  select
    c.system,
    c.record_id,
    c.email_key
  from customers as c
  inner join systems as s on c.system = s.system
  where s.side = 'shop' and c.deleted_at is null and coalesce(c.state, '') <> 'merged'
),

salesforce as materialized (
  select
    c.system,
    c.record_id,
    external_key(c.external_ids['external_id']) as external_key,
    c.email_key,
    c.created_at,
    c.merged_into,
    c.deleted_at
  from customers as c
  inner join systems as s on c.system = s.system
  where s.side = 'salesforce'
),

alive as (
  select
    system,
    record_id,
    external_key,
    email_key,
    created_at
  from salesforce
  where merged_into is null and deleted_at is null
),

-- A survivor may have lost a later merge.
heirs as (
  select
    system,
    record_id as loser,
    merged_into as heir,
    1 as step
  from salesforce
  where merged_into is not null
  union all
  select
    h.system,
    h.loser,
    s.merged_into as heir,
    h.step + 1 as step
  from heirs as h
  inner join salesforce as s on h.system = s.system and h.heir = s.record_id
  where s.merged_into is not null and h.step < 20
),

carriers as (
  select
    system,
    record_id,
    external_key,
    created_at,
    0 as inherited
  from alive
  where external_key is not null
  union all
  select
    a.system,
    a.record_id,
    l.external_key,
    a.created_at,
    1 as inherited
  from heirs as h
  inner join salesforce as l on h.system = l.system and h.loser = l.record_id and l.external_key is not null
  inner join alive as a on h.system = a.system and h.heir = a.record_id
),

by_id as materialized (
  select
    shop.system as shop_system,
    shop.record_id as shop_id,
    c.system as salesforce_system,
    c.record_id as salesforce_id,
    min(c.created_at) as created_at,
    min(c.inherited) as inherited
  from carriers as c
  inner join shop on c.external_key = shop.record_id
  group by shop.system, shop.record_id, c.system, c.record_id
),

by_email as (
  select
    shop.system as shop_system,
    shop.record_id as shop_id,
    a.system as salesforce_system,
    a.record_id as salesforce_id,
    a.created_at
  from shop
  anti join by_id as l on shop.system = l.shop_system and shop.record_id = l.shop_id
  inner join alive as a on shop.email_key = a.email_key
  anti join by_id as other
    on a.system = other.salesforce_system and a.record_id = other.salesforce_id and shop.system = other.shop_system
),

found as (
  select
    shop_system,
    shop_id,
    salesforce_system,
    salesforce_id,
    'external_id' as method,
    'certain' as certainty,
    inherited,
    created_at
  from by_id
  union all
  select
    shop_system,
    shop_id,
    salesforce_system,
    salesforce_id,
    'email' as method,
    case
      when
        count(*) over (partition by shop_system, shop_id, salesforce_system) = 1
        and count(*) over (partition by salesforce_system, salesforce_id, shop_system) = 1
        then 'certain'
      else 'likely'
    end as certainty,
    0 as inherited,
    created_at
  from by_email
),

several as (
  select
    *,
    count(*) over (partition by shop_system, shop_id, salesforce_system) as links
  from found
),

ranked as (
  select
    shop_system,
    shop_id,
    salesforce_system,
    salesforce_id,
    row_number() over (
      partition by shop_system, shop_id, salesforce_system
      order by inherited, created_at nulls last, salesforce_id
    ) = 1 as is_primary
  from several
  where links > 1
)

select
  f.shop_system,
  f.shop_id,
  f.salesforce_system,
  f.salesforce_id,
  f.method,
  f.certainty,
  coalesce(r.is_primary, true) as is_primary
from found as f
left join ranked as r
  on
    f.shop_system = r.shop_system
    and f.shop_id = r.shop_id
    and f.salesforce_system = r.salesforce_system
    and f.salesforce_id = r.salesforce_id
