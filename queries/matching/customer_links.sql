/* +++
after = ["matched", "compared", "id_affixes"]
+++ */
-- Customers of shops (and of an ERP that needs them) and their Salesforce records: by external id, else by e-mail. One record may be the
-- customer of several shops. The loser of a merge passes its ids on to its survivor.
with recursive
shop as (
  select
    c.system,
    s.side,
    c.record_id,
    external_key(c.record_id) as id_key,
    c.email_key
  from customers as c
  inner join matched as m on c.system = m.system and m.entity = 'customers'
  inner join systems as s on c.system = s.system
  where c.deleted_at is null and coalesce(c.state, '') <> 'merged'
),

shops as (
  select
    coalesce(list(m.system) filter (where s.side = 'shop'), []) as names,
    count(*) as parties
  from matched as m
  inner join systems as s on m.system = s.system
  where m.entity = 'customers'
),

salesforce as materialized (
  select
    c.system,
    c.record_id,
    own_ids(c.external_ids) as own_ids,
    external_key(c.external_ids['external_id']) as external_key,
    c.email_key,
    c.created_at,
    c.merged_into,
    c.deleted_at,
    known.system as store,
    kept.system is not null as store_is_compared
  from customers as c
  inner join systems as s on c.system = s.system
  left join systems as known on c.store = known.system and known.side = 'shop'
  left join compared as kept on known.system = kept.system and kept.entity = 'customers'
  where s.side = 'salesforce'
),

alive as (
  select
    system,
    record_id,
    own_ids,
    external_key,
    email_key,
    created_at,
    store,
    store_is_compared
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

-- Who carries whose ids: his own, and those of the records that were merged into him.
carriers as (
  select
    system,
    record_id,
    own_ids,
    external_key,
    created_at,
    store,
    store_is_compared,
    0 as inherited
  from alive
  where external_key is not null or own_ids is not null
  union all
  select
    a.system,
    a.record_id,
    l.own_ids,
    l.external_key,
    a.created_at,
    l.store,
    l.store_is_compared,
    1 as inherited
  from heirs as h
  inner join salesforce as l on h.system = l.system and h.loser = l.record_id and (l.external_key is not null or l.own_ids is not null)
  inner join alive as a on h.system = a.system and h.heir = a.record_id
),

own as (
  select
    e.system,
    e.record_id,
    e.created_at,
    e.inherited,
    e.entry.key as shop_system,
    external_key(e.entry.value) as external_key
  from (
    select
      c.system,
      c.record_id,
      c.created_at,
      c.inherited,
      unnest(map_entries(c.own_ids)) as entry
    from carriers as c
    where c.own_ids is not null
  ) as e
  where e.entry.key <> 'external_id' and e.entry.value is not null
),

by_shared_id as materialized (
  select
    shop.system as shop_system,
    shop.record_id as shop_id,
    c.system as salesforce_system,
    c.record_id as salesforce_id,
    c.created_at,
    c.inherited
  from carriers as c
  inner join shop on c.external_key = shop.id_key
  where
    in_store(c.store, c.store_is_compared, shop.system, shop.side)
    and shares_id(c.own_ids, shop.system, shop.side, (select n.names from shops as n))
),

-- Shops that count from 1 have the same ids: where a shared field is claimed by several, the e-mail tells which it is.
crowds as (
  select
    l.salesforce_system,
    l.salesforce_id
  from by_shared_id as l
  where (select n.parties from shops as n) > 1
  group by
    l.salesforce_system,
    l.salesforce_id
  having count(distinct l.shop_system) > 1
),

told_apart as (
  select
    l.shop_system,
    l.shop_id,
    l.salesforce_system,
    l.salesforce_id,
    coalesce(a.email_key = shop.email_key, false) as is_same,
    bool_or(coalesce(a.email_key = shop.email_key, false)) over (partition by l.salesforce_system, l.salesforce_id) as is_told
  from by_shared_id as l
  semi join crowds as c on l.salesforce_system = c.salesforce_system and l.salesforce_id = c.salesforce_id
  inner join shop on l.shop_system = shop.system and l.shop_id = shop.record_id
  inner join alive as a on l.salesforce_system = a.system and l.salesforce_id = a.record_id
),

-- Ids that stand in something constant: SHOP-5001 is 5001 where enough records prove it.
dressed as materialized (
  select
    c.system,
    c.record_id,
    c.created_at,
    c.inherited,
    cast(null as varchar) as field_of,
    c.external_key as key
  from carriers as c
  where
    is_dressed(
      c.external_key) and exists (
      select 1 from id_affixes as a
      where a.entity = 'customers'
    )
  union all
  select
    o.system,
    o.record_id,
    o.created_at,
    o.inherited,
    o.shop_system as field_of,
    o.external_key as key
  from own as o
  where is_dressed(
    o.external_key) and exists (
    select 1 from id_affixes as a
    where a.entity = 'customers'
  )
),

undressed as (
  select
    d.system,
    d.record_id,
    d.created_at,
    d.inherited,
    a.shop_system,
    affix_core(d.key) as core,
    concat_ws(' and ', nullif(a.prefix, ''), nullif(a.suffix, '')) as affix
  from dressed as d
  inner join id_affixes as a
    on d.system = a.salesforce_system and affix_prefix(d.key) = a.prefix and affix_suffix(d.key) = a.suffix
  where a.entity = 'customers' and a.kind = 'id' and coalesce(d.field_of, a.shop_system) = a.shop_system
),

by_id as materialized (
  select
    l.shop_system,
    l.shop_id,
    l.salesforce_system,
    l.salesforce_id,
    min(l.created_at) as created_at,
    min(l.inherited) as inherited,
    bool_and(coalesce(t.is_told, true)) as is_certain,
    case when bool_or(coalesce(t.is_same, false)) then 'id, e-mail' else 'id' end as evidence
  from by_shared_id as l
  left join told_apart as t
    on
      l.shop_system = t.shop_system
      and l.shop_id = t.shop_id
      and l.salesforce_system = t.salesforce_system
      and l.salesforce_id = t.salesforce_id
  where t.shop_id is null or t.is_same or not t.is_told
  group by
    l.shop_system,
    l.shop_id,
    l.salesforce_system,
    l.salesforce_id
  union all
  select
    shop.system as shop_system,
    shop.record_id as shop_id,
    o.system as salesforce_system,
    o.record_id as salesforce_id,
    min(o.created_at) as created_at,
    min(o.inherited) as inherited,
    true as is_certain,
    'id' as evidence
  from own as o
  inner join shop on o.shop_system = shop.system and o.external_key = shop.id_key
  group by
    shop.system,
    shop.record_id,
    o.system,
    o.record_id
  union all
  select
    shop.system as shop_system,
    shop.record_id as shop_id,
    u.system as salesforce_system,
    u.record_id as salesforce_id,
    min(u.created_at) as created_at,
    min(u.inherited) as inherited,
    true as is_certain,
    'id without ' || min(u.affix) as evidence
  from undressed as u
  inner join shop on u.shop_system = shop.system and u.core = shop.id_key
  group by
    shop.system,
    shop.record_id,
    u.system,
    u.record_id
),

certain as (
  select *
  from by_id
  where is_certain
),

by_email as (
  select
    shop.system as shop_system,
    shop.record_id as shop_id,
    a.system as salesforce_system,
    a.record_id as salesforce_id,
    a.created_at
  from shop
  anti join certain as l on shop.system = l.shop_system and shop.record_id = l.shop_id
  inner join alive as a on shop.email_key = a.email_key
  anti join certain as other
    on a.system = other.salesforce_system and a.record_id = other.salesforce_id and shop.system = other.shop_system
  where in_store(a.store, a.store_is_compared, shop.system, shop.side)
),

found as (
  select
    shop_system,
    shop_id,
    salesforce_system,
    salesforce_id,
    'external_id' as method,
    case when is_certain then 'certain' else 'ambiguous' end as certainty,
    case when inherited > 0 then evidence || ' of a record that was merged into it' else evidence end as evidence,
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
    'e-mail' as evidence,
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
  where links > 1 and certainty <> 'ambiguous'
)

select
  f.shop_system,
  f.shop_id,
  f.salesforce_system,
  f.salesforce_id,
  f.method,
  f.certainty,
  f.evidence,
  f.certainty <> 'ambiguous' and coalesce(r.is_primary, true) as is_primary
from found as f
left join ranked as r
  on
    f.shop_system = r.shop_system
    and f.shop_id = r.shop_id
    and f.salesforce_system = r.salesforce_system
    and f.salesforce_id = r.salesforce_id
