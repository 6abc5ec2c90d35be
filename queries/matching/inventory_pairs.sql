/* +++
after = ["compared", "location_links", "product_links"]
+++ */
-- Stock that is counted, at places in use. Where Salesforce keeps one figure, or keeps stock at places that its owner does not know, totals are
-- compared instead; a pool that a platform works out of its places is no place of its own.
with
owned as (
  select
    i.system,
    i.record_id,
    i.variant_id,
    i.location_id,
    i.on_hand,
    i.available,
    coalesce(i.safety_stock, 0) as safety_stock,
    i.updated_at,
    coalesce((o.extra ->> '$.is_pool') = 'true', false) as is_pool,
    l.salesforce_system,
    l.salesforce_id as product_id
  from inventory_levels as i
  inner join compared as c on i.system = c.system and c.entity = 'inventory_levels'
  inner join product_links as l on i.system = l.shop_system and i.variant_id = l.shop_id and l.is_primary
  inner join products as p on i.system = p.system and i.variant_id = p.record_id
  left join locations as o on i.system = o.system and i.location_id = o.record_id
  where
    i.deleted_at is null
    and i.is_active is not false
    and i.is_infinite is not true
    and p.is_tracked is not false
    and (p.extra ->> '$.type') is distinct from 'bundle'
    and o.is_active is not false
    and o.deleted_at is null
),

linked_places as (
  select distinct
    n.salesforce_system,
    n.salesforce_id
  from location_links as n
),

held as (
  select
    f.system,
    f.record_id,
    f.variant_id as product_id,
    f.location_id,
    f.store,
    f.on_hand,
    f.available,
    coalesce(f.safety_stock, 0) as safety_stock,
    f.updated_at,
    f.is_active is not false and f.is_infinite is not true and o.is_active is not false as is_counted,
    f.location_id is null or (o.record_id is not null and k.salesforce_id is null) as is_placeless
  from inventory_levels as f
  inner join systems as s on f.system = s.system and s.side = 'salesforce'
  left join locations as o on f.system = o.system and f.location_id = o.record_id
  left join linked_places as k on f.system = k.salesforce_system and f.location_id = k.salesforce_id
  where f.deleted_at is null
),

placed as (
  select
    w.*,
    k.salesforce_id as salesforce_location_id
  from owned as w
  left join location_links as k
    on w.system = k.shop_system and w.location_id = k.shop_id and w.salesforce_system = k.salesforce_system and k.is_primary
),

by_place as (
  select
    w.system as shop_system,
    w.record_id as shop_id,
    w.variant_id,
    w.location_id,
    false as is_total,
    w.salesforce_system,
    w.product_id as salesforce_product_id,
    w.salesforce_location_id,
    f.record_id as salesforce_id,
    w.on_hand,
    w.available,
    w.safety_stock,
    f.on_hand as salesforce_on_hand,
    f.available as salesforce_available,
    coalesce(f.safety_stock, 0) as salesforce_safety_stock,
    w.updated_at as shop_changed_at,
    f.updated_at as salesforce_changed_at
  from placed as w
  left join held as f
    on
      w.salesforce_system = f.system
      and w.product_id = f.product_id
      and w.salesforce_location_id = f.location_id
  left join compared as t on f.store = t.system and t.entity = 'inventory_levels'
  where
    w.salesforce_location_id is not null
    and (t.system is null or t.system = w.system)
    and f.is_counted is not false
),

owned_totals as (
  select
    w.system,
    w.variant_id,
    w.salesforce_system,
    w.product_id,
    case when count(*) filter (where w.on_hand is null and not w.is_pool) = 0 then sum(w.on_hand) filter (where not w.is_pool) end as on_hand,
    case
      when count(*) filter (where w.is_pool) > 1 or count(*) filter (where w.available is null and not w.is_pool) > 0 and not bool_or(w.is_pool) then null
      when bool_or(w.is_pool) then max(w.available) filter (where w.is_pool)
      else sum(w.available)
    end as available,
    sum(w.safety_stock) as safety_stock,
    max(w.updated_at) as updated_at
  from placed as w
  group by
    w.system,
    w.variant_id,
    w.salesforce_system,
    w.product_id
  having count(w.salesforce_location_id) = 0
),

held_totals as (
  select
    f.system,
    f.product_id,
    f.store,
    case when count(*) = 1 then min(f.record_id) else f.product_id end as record_id,
    case when count(*) = count(f.on_hand) then sum(f.on_hand) end as on_hand,
    case when count(*) = count(f.available) then sum(f.available) end as available,
    sum(f.safety_stock) as safety_stock,
    max(f.updated_at) as updated_at
  from held as f
  where f.is_placeless and f.is_counted
  group by
    f.system,
    f.product_id,
    f.store
),

in_total as (
  select
    w.system as shop_system,
    w.variant_id as shop_id,
    w.variant_id,
    cast(null as varchar) as location_id,
    true as is_total,
    w.salesforce_system,
    w.product_id as salesforce_product_id,
    cast(null as varchar) as salesforce_location_id,
    f.record_id as salesforce_id,
    w.on_hand,
    w.available,
    w.safety_stock,
    f.on_hand as salesforce_on_hand,
    f.available as salesforce_available,
    f.safety_stock as salesforce_safety_stock,
    w.updated_at as shop_changed_at,
    f.updated_at as salesforce_changed_at
  from owned_totals as w
  inner join held_totals as f on w.salesforce_system = f.system and w.product_id = f.product_id
  left join compared as t on f.store = t.system and t.entity = 'inventory_levels'
  where t.system is null or t.system = w.system
),

pairs as (
  select * from by_place
  union all
  select * from in_total
)

select
  shop_system,
  shop_id,
  variant_id,
  location_id,
  is_total,
  salesforce_system,
  salesforce_product_id,
  salesforce_location_id,
  salesforce_id,
  case
    when on_hand is not null and (salesforce_on_hand is not null or salesforce_id is null) then 'on_hand'
    when available is not null and (salesforce_available is not null or salesforce_id is null) then 'available'
  end as measure,
  case when on_hand is not null and (salesforce_on_hand is not null or salesforce_id is null) then on_hand else available end as shop_quantity,
  case when on_hand is not null and salesforce_on_hand is not null then salesforce_on_hand else salesforce_available end as salesforce_quantity,
  coalesce(
    not (on_hand is not null and salesforce_on_hand is not null)
    and available <> salesforce_available
    and abs(available - salesforce_available) in (safety_stock, salesforce_safety_stock),
    false
  ) as is_safety_stock,
  shop_changed_at,
  salesforce_changed_at
from pairs
