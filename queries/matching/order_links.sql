/* +++
after = ["matched", "compared", "order_chains", "id_affixes"]
+++ */
-- Orders of shops (and of an ERP that owns them) and their Salesforce orders: by external id, else by number within the store, else by
-- e-mail, amount and day. An order belongs to one shop: what carries the id of one is never linked to another. Every copy is linked; one is
-- primary. Deleted orders are not linked.
-- Where the shop edited an order by cancelling it and making it anew, what lives in Salesforce under the old one belongs to the one that
-- holds now, unless that has a record of its own: integrations that keep the first number write each edit into the same record.
with
shop as (
  select
    o.system,
    s.side,
    o.record_id,
    external_key(o.record_id) as id_key,
    o.number_key,
    o.email_key,
    o.currency,
    o.total,
    o.current_total,
    o.placed_at,
    coalesce(o.status = 'draft', false) as is_draft,
    s.time_zone
  from orders as o
  inner join matched as m on o.system = m.system and m.entity = 'orders'
  inner join systems as s on o.system = s.system
  where o.deleted_at is null
),

parties as (
  select
    m.system,
    s.side
  from matched as m
  inner join systems as s on m.system = s.system
  where m.entity = 'orders'
),

shops as (
  select coalesce(list(p.system) filter (where p.side = 'shop'), []) as names
  from parties as p
),

-- An id in the field of one shop says whose order it is, so that the shared id says nothing more.
salesforce as materialized (
  select
    o.system,
    o.record_id,
    own_ids(o.external_ids) as own_ids,
    case when own_id(o.external_ids) is null then external_key(o.external_ids['external_id']) end as external_key,
    o.external_ids is not null as is_claimed,
    o.number_key,
    o.email_key,
    o.currency,
    o.total,
    o.placed_at,
    coalesce(o.placed_date, cast(o.placed_at as date), cast(o.created_at as date)) as placed_date,
    o.created_at,
    o.original_order_id is not null as is_change,
    coalesce(o.status, 'open') <> 'cancelled' as is_alive,
    known.system as store,
    kept.system is not null as store_is_compared
  from orders as o
  inner join systems as s on o.system = s.system
  left join systems as known on o.store = known.system and known.side = 'shop'
  left join compared as kept on known.system = kept.system and kept.entity = 'orders'
  where s.side = 'salesforce' and o.deleted_at is null
),

own as materialized (
  select
    e.system,
    e.record_id,
    e.created_at,
    e.is_change,
    e.entry.key as shop_system,
    external_key(e.entry.value) as external_key
  from (
    select
      f.system,
      f.record_id,
      f.created_at,
      f.is_change,
      unnest(map_entries(f.own_ids)) as entry
    from salesforce as f
    where f.own_ids is not null
  ) as e
  where e.entry.key <> 'external_id' and e.entry.value is not null
),

by_shared_id as materialized (
  select
    shop.system as shop_system,
    shop.record_id as shop_id,
    f.system as salesforce_system,
    f.record_id as salesforce_id,
    f.created_at,
    f.is_change
  from salesforce as f
  inner join shop on f.external_key = shop.id_key
  where
    in_store(f.store, f.store_is_compared, shop.system, shop.side)
    and shares_id(f.own_ids, shop.system, shop.side, (select n.names from shops as n))
),

-- Shops that count from 1 have the same ids: one shared field without a store does not tell whose order it is, the order itself may.
crowds as materialized (
  select
    l.salesforce_system,
    l.salesforce_id
  from by_shared_id as l
  where (select count(*) from parties) > 1
  group by
    l.salesforce_system,
    l.salesforce_id
  having count(*) > 1
),

crowded as (
  select
    l.*,
    case when f.number_key = shop.number_key then 4 else 0 end
    + case when f.email_key = shop.email_key then 2 else 0 end
    + case when f.total = shop.total or f.total = shop.current_total then 1 else 0 end as likeness
  from by_shared_id as l
  semi join crowds as c on l.salesforce_system = c.salesforce_system and l.salesforce_id = c.salesforce_id
  inner join shop on l.shop_system = shop.system and l.shop_id = shop.record_id
  inner join salesforce as f on l.salesforce_system = f.system and l.salesforce_id = f.record_id
),

told_apart as (
  select
    c.shop_system,
    c.shop_id,
    c.salesforce_system,
    c.salesforce_id,
    c.created_at,
    c.is_change,
    c.likeness,
    max(c.likeness) over (partition by c.salesforce_system, c.salesforce_id) as best,
    count(*) over (partition by c.salesforce_system, c.salesforce_id, c.likeness) as equals
  from crowded as c
),

-- Ids and numbers that stand in something constant: SHOP-5001 is 5001 where enough records prove it.
dressed as materialized (
  select
    f.system,
    f.record_id,
    f.created_at,
    f.is_change,
    cast(null as varchar) as field_of,
    f.external_key as key
  from salesforce as f
  where
    is_dressed(
      f.external_key) and exists (
      select 1 from id_affixes as a
      where a.entity = 'orders' and a.kind <> 'number'
    )
  union all
  select
    o.system,
    o.record_id,
    o.created_at,
    o.is_change,
    o.shop_system as field_of,
    o.external_key as key
  from own as o
  where is_dressed(
    o.external_key) and exists (
    select 1 from id_affixes as a
    where a.entity = 'orders' and a.kind <> 'number'
  )
),

undressed as materialized (
  select
    d.system,
    d.record_id,
    d.created_at,
    d.is_change,
    a.kind,
    a.shop_system,
    a.shop_prefix,
    a.shop_suffix,
    affix_core(d.key) as core,
    concat_ws(' and ', nullif(a.prefix, ''), nullif(a.suffix, '')) as affix
  from dressed as d
  inner join id_affixes as a
    on d.system = a.salesforce_system and affix_prefix(d.key) = a.prefix and affix_suffix(d.key) = a.suffix
  where a.entity = 'orders' and a.kind <> 'number' and coalesce(d.field_of, a.shop_system) = a.shop_system
),

by_id as (
  select
    l.*,
    'certain' as certainty,
    'id' as evidence
  from by_shared_id as l
  anti join crowds as c on l.salesforce_system = c.salesforce_system and l.salesforce_id = c.salesforce_id
  union all
  select
    t.shop_system,
    t.shop_id,
    t.salesforce_system,
    t.salesforce_id,
    t.created_at,
    t.is_change,
    case when t.best > 0 and t.equals = 1 then 'certain' else 'ambiguous' end as certainty,
    agreement('id', t.likeness) as evidence
  from told_apart as t
  where t.likeness = t.best
  union all
  select
    shop.system as shop_system,
    shop.record_id as shop_id,
    o.system as salesforce_system,
    o.record_id as salesforce_id,
    o.created_at,
    o.is_change,
    'certain' as certainty,
    'id' as evidence
  from own as o
  inner join shop on o.shop_system = shop.system and o.external_key = shop.id_key
  union all
  select
    shop.system as shop_system,
    shop.record_id as shop_id,
    u.system as salesforce_system,
    u.record_id as salesforce_id,
    u.created_at,
    u.is_change,
    'certain' as certainty,
    'id without ' || u.affix as evidence
  from undressed as u
  inner join shop on u.shop_system = shop.system and u.core = shop.id_key
  where u.kind = 'id'
),

-- What no id decides: far fewer rows, usually.
rest as materialized (
  select f.*
  from salesforce as f
  anti join by_id as l on f.system = l.salesforce_system and f.record_id = l.salesforce_id
),

-- Whose orders they may be by the ids that they carry.
claims as materialized (
  select
    f.*,
    o.shop_system,
    o.external_key as claimed_key
  from rest as f
  inner join own as o on f.system = o.system and f.record_id = o.record_id
  union all
  select
    f.*,
    p.system as shop_system,
    f.external_key as claimed_key
  from rest as f
  cross join parties as p
  where
    f.external_key is not null
    and in_store(f.store, f.store_is_compared, p.system, p.side)
    and shares_id(f.own_ids, p.system, p.side, (select n.names from shops as n))
),

-- Integrations that keep the order number as their external id.
by_number_as_id as materialized (
  select
    shop.system as shop_system,
    shop.side,
    shop.record_id as shop_id,
    f.system as salesforce_system,
    f.record_id as salesforce_id,
    f.created_at,
    f.is_change,
    case when f.email_key = shop.email_key then 2 else 0 end
    + case when f.total = shop.total or f.total = shop.current_total then 1 else 0 end as likeness
  from claims as f
  inner join shop on f.shop_system = shop.system and f.claimed_key = shop.number_key
),

by_number as materialized (
  select
    shop.system as shop_system,
    shop.side,
    shop.record_id as shop_id,
    f.system as salesforce_system,
    f.record_id as salesforce_id,
    f.created_at,
    f.is_change,
    case when f.email_key = shop.email_key then 2 else 0 end
    + case when f.total = shop.total or f.total = shop.current_total then 1 else 0 end as likeness
  from rest as f
  anti join by_number_as_id as l on f.system = l.salesforce_system and f.record_id = l.salesforce_id
  inner join shop on f.number_key = shop.number_key
  left join claims as c on f.system = c.system and f.record_id = c.record_id and shop.system = c.shop_system
  where in_store(f.store, f.store_is_compared, shop.system, shop.side) and (not f.is_claimed or c.record_id is not null)
),

by_dressed_number as (
  select
    shop.system as shop_system,
    shop.side,
    shop.record_id as shop_id,
    f.system as salesforce_system,
    f.record_id as salesforce_id,
    f.created_at,
    f.is_change,
    case when f.email_key = shop.email_key then 2 else 0 end
    + case when f.total = shop.total or f.total = shop.current_total then 1 else 0 end as likeness
  from rest as f
  anti join by_number_as_id as l on f.system = l.salesforce_system and f.record_id = l.salesforce_id
  anti join by_number as n on f.system = n.salesforce_system and f.record_id = n.salesforce_id
  inner join id_affixes as a
    on
      a.entity = 'orders'
      and a.kind = 'number'
      and f.system = a.salesforce_system
      and affix_prefix(f.number_key) = a.prefix
      and affix_suffix(f.number_key) = a.suffix
  inner join shop
    on
      a.shop_system = shop.system
      and affix_core(f.number_key) = affix_core(shop.number_key)
      and a.shop_prefix = affix_prefix(shop.number_key)
      and a.shop_suffix = affix_suffix(shop.number_key)
  where not f.is_claimed and in_store(f.store, f.store_is_compared, shop.system, shop.side)
),

numbered as (
  select
    *,
    'external_id' as method,
    'number in the field of the id' as said,
    2 as rank
  from by_number_as_id
  union all
  select
    shop.system as shop_system,
    shop.side,
    shop.record_id as shop_id,
    u.system as salesforce_system,
    u.record_id as salesforce_id,
    u.created_at,
    u.is_change,
    case when f.email_key = shop.email_key then 2 else 0 end
    + case when f.total = shop.total or f.total = shop.current_total then 1 else 0 end as likeness,
    'external_id' as method,
    'number without ' || u.affix || ' in the field of the id' as said,
    2 as rank
  from undressed as u
  inner join rest as f on u.system = f.system and u.record_id = f.record_id
  inner join shop
    on
      u.shop_system = shop.system
      and u.core = affix_core(shop.number_key)
      and u.shop_prefix = affix_prefix(shop.number_key)
      and u.shop_suffix = affix_suffix(shop.number_key)
  where u.kind = 'number_as_id'
  union all
  select
    *,
    'number' as method,
    'number' as said,
    3 as rank
  from by_number
  union all
  select
    *,
    'number' as method,
    'number without what is written around it' as said,
    3 as rank
  from by_dressed_number
),

counted as (
  select
    *,
    count(*) over (partition by salesforce_system, salesforce_id, side, method) as candidates,
    max(likeness) over (partition by salesforce_system, salesforce_id, side, method) as best
  from numbered
),

weighed as (
  select
    *,
    count(*) filter (where likeness = best) over (partition by salesforce_system, salesforce_id, side, method) as best_ones
  from counted
),

-- The same number in several stores (an ERP's order is not another one than its shop's): the e-mail may tell which, and then the amount; else all stay candidates.
of_numbers as (
  select
    shop_system,
    shop_id,
    salesforce_system,
    salesforce_id,
    method,
    case
      when candidates = 1 then 'certain'
      when best > 0 and best_ones = 1 then 'likely'
      else 'ambiguous'
    end as certainty,
    agreement(said, likeness) as evidence,
    rank,
    created_at,
    is_change
  from weighed
  where candidates = 1 or best = 0 or best_ones <> 1 or likeness = best
),

unclaimed as (
  select f.*
  from rest as f
  anti join of_numbers as l on f.system = l.salesforce_system and f.record_id = l.salesforce_id
  where not f.is_claimed and f.email_key is not null and f.total is not null
),

taken as (
  select distinct
    shop_system,
    shop_id
  from by_id
  union
  select distinct
    shop_system,
    shop_id
  from of_numbers
),

by_email as (
  select
    shop.system as shop_system,
    shop.side,
    shop.record_id as shop_id,
    f.system as salesforce_system,
    f.record_id as salesforce_id,
    f.created_at,
    f.is_change
  from unclaimed as f
  inner join shop on f.email_key = shop.email_key and (f.total = shop.total or f.total = shop.current_total)
  where
    -- A first attempt that failed looks like the order that followed.
    not shop.is_draft
    and in_store(f.store, f.store_is_compared, shop.system, shop.side)
    and (f.currency is null or shop.currency is null or f.currency = shop.currency)
    and (
      f.placed_date = cast(shop.placed_at as date)
      or f.placed_date = cast((shop.placed_at at time zone 'UTC') at time zone shop.time_zone as date)
      or cast((f.placed_at at time zone 'UTC') at time zone shop.time_zone as date)
      = cast((shop.placed_at at time zone 'UTC') at time zone shop.time_zone as date)
    )
    and not exists (
      select 1
      from order_chains as c
      where f.is_alive and c.shop_system = shop.system and c.shop_id = shop.record_id
    )
),

-- An order that nothing else claims is the better candidate; a copy of a linked order is left when there is none.
of_emails as (
  select
    e.*,
    t.shop_id is not null as is_taken,
    count(*) filter (where t.shop_id is null) over (partition by e.salesforce_system, e.salesforce_id, e.side) as free,
    count(*) over (partition by e.salesforce_system, e.salesforce_id, e.side) as candidates
  from by_email as e
  left join taken as t on e.shop_system = t.shop_system and e.shop_id = t.shop_id
),

found as (
  select
    shop_system,
    shop_id,
    salesforce_system,
    salesforce_id,
    'external_id' as method,
    certainty,
    evidence,
    1 as rank,
    created_at,
    is_change
  from by_id
  union all
  select
    shop_system,
    shop_id,
    salesforce_system,
    salesforce_id,
    method,
    certainty,
    evidence,
    rank,
    created_at,
    is_change
  from of_numbers
  union all
  select
    shop_system,
    shop_id,
    salesforce_system,
    salesforce_id,
    'email_amount_day' as method,
    case when (free = 1) or (free = 0 and candidates = 1) then 'likely' else 'ambiguous' end as certainty,
    'e-mail, amount, day' as evidence,
    4 as rank,
    created_at,
    is_change
  from of_emails
  where free = 0 or not is_taken
),

moving as (
  select
    f.shop_system,
    f.shop_id,
    f.salesforce_system,
    f.salesforce_id,
    c.current_id
  from found as f
  inner join order_chains as c on f.shop_system = c.shop_system and f.shop_id = c.shop_id
  inner join salesforce as sf on f.salesforce_system = sf.system and f.salesforce_id = sf.record_id
  anti join found as h on c.shop_system = h.shop_system and c.current_id = h.shop_id
  where sf.is_alive
),

settled as (
  select f.* replace (coalesce(m.current_id, f.shop_id) as shop_id)
  from found as f
  left join moving as m
    on
      f.shop_system = m.shop_system
      and f.shop_id = m.shop_id
      and f.salesforce_system = m.salesforce_system
      and f.salesforce_id = m.salesforce_id
),

-- One number instead of a sort of all rows: only shop orders with several links need an order among them.
several as (
  select
    *,
    count(*) over (partition by shop_system, shop_id, salesforce_system) as links
  from settled
  where certainty <> 'ambiguous'
),

ranked as (
  select
    shop_system,
    shop_id,
    salesforce_system,
    salesforce_id,
    row_number() over (
      partition by shop_system, shop_id, salesforce_system
      order by is_change, rank, created_at nulls last, salesforce_id
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
  f.evidence,
  f.certainty <> 'ambiguous' and coalesce(r.is_primary, true) as is_primary
from settled as f
left join ranked as r
  on
    f.shop_system = r.shop_system
    and f.shop_id = r.shop_id
    and f.salesforce_system = r.salesforce_system
    and f.salesforce_id = r.salesforce_id
