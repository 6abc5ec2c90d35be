/* +++
after = ["order_pairs", "compared"]
+++ */
-- Returns and exchanges of linked orders and what Salesforce holds of them: by the return's id, else, among those that carry no id, by the
-- place that they have in the order.
with
asked as (
  select
    r.system,
    r.record_id,
    r.order_id,
    r.status,
    r.created_at,
    coalesce(r.closed_at, r.created_at) as changed_at,
    p.number,
    p.salesforce_system,
    p.salesforce_id as salesforce_order_id
  from returns as r
  inner join compared as c on r.system = c.system and c.entity = 'returns'
  inner join order_pairs as p on r.system = p.shop_system and r.order_id = p.shop_id
  where r.deleted_at is null
),

held as (
  select
    h.system,
    h.record_id,
    h.order_id,
    h.status,
    h.created_at,
    h.external_ids
  from returns as h
  inner join systems as s on h.system = s.system and s.side = 'salesforce'
  where h.deleted_at is null
),

claims as (
  select
    h.system,
    h.record_id,
    c.system as shop_system,
    external_key(id_for(h.external_ids, c.system)) as claimed_id
  from held as h
  inner join compared as c on c.entity = 'returns'
  where id_for(h.external_ids, c.system) is not null
),

by_id as (
  select
    p.system,
    p.record_id,
    p.salesforce_system,
    min(k.record_id) as held_id
  from asked as p
  inner join claims as k on p.salesforce_system = k.system and p.system = k.shop_system and external_key(p.record_id) = k.claimed_id
  group by
    p.system,
    p.record_id,
    p.salesforce_system
),

left_here as (
  select
    p.system,
    p.record_id,
    p.salesforce_system,
    p.salesforce_order_id,
    row_number() over (
      partition by
        p.salesforce_system,
        p.salesforce_order_id
      order by
        case when p.status in ('declined', 'cancelled') then 1 else 0 end,
        p.created_at,
        p.record_id
    ) as place
  from asked as p
  where
    not exists (
      select 1
      from by_id as k
      where k.system = p.system and k.record_id = p.record_id and k.salesforce_system = p.salesforce_system
    )
),

left_there as (
  select
    h.system,
    h.record_id,
    h.order_id,
    row_number() over (
      partition by
        h.system,
        h.order_id
      order by
        h.created_at,
        h.record_id
    ) as place
  from held as h
  where any_id(h.external_ids) is null
),

found as (
  select
    k.system,
    k.record_id,
    k.salesforce_system,
    k.held_id,
    'external_id' as method
  from by_id as k
  union all
  select
    u.system,
    u.record_id,
    u.salesforce_system,
    h.record_id as held_id,
    'position' as method
  from left_here as u
  inner join left_there as h on u.salesforce_system = h.system and u.salesforce_order_id = h.order_id and u.place = h.place
)

select
  p.system as shop_system,
  p.record_id as shop_id,
  p.order_id as shop_order_id,
  p.number,
  p.salesforce_system,
  p.salesforce_order_id,
  k.held_id as salesforce_id,
  k.method,
  p.status as shop_status,
  h.status as salesforce_status,
  p.created_at,
  p.changed_at as shop_changed_at
from asked as p
left join found as k on p.system = k.system and p.record_id = k.record_id and p.salesforce_system = k.salesforce_system
left join held as h on k.salesforce_system = h.system and k.held_id = h.record_id
