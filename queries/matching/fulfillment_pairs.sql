/* +++
after = ["order_pairs", "compared"]
+++ */
-- Shipments of linked orders and what Salesforce holds of them: by the shipment's id, else by tracking number on the same order, else, among
-- shipments that carry no id, by the place that they have in the order.
with
sent as (
  select
    f.system,
    f.record_id,
    f.order_id,
    f.status,
    f.tracking_number,
    upper(regexp_replace(f.tracking_number, '[^0-9A-Za-z]', '', 'g')) as tracking_key,
    f.quantity,
    coalesce(f.shipped_at, f.created_at, f.updated_at) as shipped_at,
    coalesce(f.updated_at, f.shipped_at, f.created_at) as updated_at,
    p.number,
    p.salesforce_system,
    p.salesforce_id as salesforce_order_id
  from fulfillments as f
  inner join compared as c on f.system = c.system and c.entity = 'fulfillments'
  inner join order_pairs as p on f.system = p.shop_system and f.order_id = p.shop_id
  where f.deleted_at is null
),

held as (
  select
    h.system,
    h.record_id,
    h.order_id,
    h.status,
    h.tracking_number,
    upper(regexp_replace(h.tracking_number, '[^0-9A-Za-z]', '', 'g')) as tracking_key,
    h.quantity,
    coalesce(h.shipped_at, h.created_at) as shipped_at,
    h.external_ids
  from fulfillments as h
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
  inner join compared as c on c.entity = 'fulfillments'
  where id_for(h.external_ids, c.system) is not null
),

by_id as (
  select
    p.system,
    p.record_id,
    p.salesforce_system,
    min(k.record_id) as held_id
  from sent as p
  inner join claims as k on p.salesforce_system = k.system and p.system = k.shop_system and external_key(p.record_id) = k.claimed_id
  group by
    p.system,
    p.record_id,
    p.salesforce_system
),

unclaimed as (
  select
    p.system,
    p.record_id,
    p.salesforce_system,
    p.salesforce_order_id,
    p.tracking_key,
    p.shipped_at,
    p.status
  from sent as p
  where
    not exists (
      select 1
      from by_id as k
      where k.system = p.system and k.record_id = p.record_id and k.salesforce_system = p.salesforce_system
    )
),

nameless as (
  select
    h.system,
    h.record_id,
    h.order_id,
    h.tracking_key,
    h.shipped_at
  from held as h
  where any_id(h.external_ids) is null
),

by_tracking as (
  select
    u.system,
    u.record_id,
    u.salesforce_system,
    min(h.record_id) as held_id
  from unclaimed as u
  inner join nameless as h on u.salesforce_system = h.system and u.salesforce_order_id = h.order_id and u.tracking_key = h.tracking_key
  group by
    u.system,
    u.record_id,
    u.salesforce_system
),

-- What was cancelled comes last: an integration may never have sent it.
left_here as (
  select
    u.system,
    u.record_id,
    u.salesforce_system,
    u.salesforce_order_id,
    row_number() over (
      partition by
        u.salesforce_system,
        u.salesforce_order_id
      order by
        case when u.status in ('cancelled', 'failed') then 1 else 0 end,
        u.shipped_at,
        u.record_id
    ) as place
  from unclaimed as u
  where
    not exists (
      select 1
      from by_tracking as k
      where k.system = u.system and k.record_id = u.record_id and k.salesforce_system = u.salesforce_system
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
        h.shipped_at,
        h.record_id
    ) as place
  from nameless as h
  where
    not exists (
      select 1
      from by_tracking as k
      where k.salesforce_system = h.system and k.held_id = h.record_id
    )
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
    k.system,
    k.record_id,
    k.salesforce_system,
    k.held_id,
    'tracking_number' as method
  from by_tracking as k
  union all
  select
    u.system,
    u.record_id,
    u.salesforce_system,
    h.record_id as held_id,
    'position' as method
  from left_here as u
  inner join left_there as h on u.salesforce_system = h.system and u.salesforce_order_id = h.order_id and u.place = h.place
),

units as (
  select
    n.system,
    n.fulfillment_id,
    sum(n.quantity) as quantity
  from fulfillment_lines as n
  group by
    n.system,
    n.fulfillment_id
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
  p.tracking_number as shop_tracking,
  h.tracking_number as salesforce_tracking,
  coalesce(u.quantity, p.quantity) as shop_quantity,
  coalesce(w.quantity, h.quantity) as salesforce_quantity,
  p.shipped_at,
  p.updated_at as shop_updated_at
from sent as p
left join found as k on p.system = k.system and p.record_id = k.record_id and p.salesforce_system = k.salesforce_system
left join held as h on k.salesforce_system = h.system and k.held_id = h.record_id
left join units as u on p.system = u.system and p.record_id = u.fulfillment_id
left join units as w on k.salesforce_system = w.system and k.held_id = w.fulfillment_id
