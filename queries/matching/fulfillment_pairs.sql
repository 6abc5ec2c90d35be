/* +++
after = ["order_pairs", "compared"]
+++ */
-- Shipments of linked orders and what Salesforce holds of them: by the shipment's id, else by tracking number on the same order, else, among
-- shipments that carry no id, by the place that they have in the order.
-- Several parcels may travel under one tracking number, and Salesforce may hold them as one shipment or as several: they are told one by one
-- as far as there are as many, and their units are counted together.
with
units as (
  select
    n.system,
    n.fulfillment_id,
    sum(n.quantity) as quantity
  from fulfillment_lines as n
  group by
    n.system,
    n.fulfillment_id
),

sent as (
  select
    f.system,
    f.record_id,
    f.order_id,
    f.status,
    f.tracking_number,
    upper(regexp_replace(f.tracking_number, '[^0-9A-Za-z]', '', 'g')) as tracking_key,
    coalesce(u.quantity, f.quantity) as quantity,
    coalesce(f.shipped_at, f.created_at, f.updated_at) as shipped_at,
    coalesce(f.updated_at, f.shipped_at, f.created_at) as updated_at,
    p.number,
    p.salesforce_system,
    p.salesforce_id as salesforce_order_id
  from fulfillments as f
  inner join compared as c on f.system = c.system and c.entity = 'fulfillments'
  inner join order_pairs as p on f.system = p.shop_system and f.order_id = p.shop_id
  left join units as u on f.system = u.system and f.record_id = u.fulfillment_id
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
    coalesce(w.quantity, h.quantity) as quantity,
    coalesce(h.shipped_at, h.created_at) as shipped_at,
    h.external_ids
  from fulfillments as h
  inner join systems as s on h.system = s.system and s.side = 'salesforce'
  left join units as w on h.system = w.system and h.record_id = w.fulfillment_id
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
    p.quantity,
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
    h.quantity,
    h.shipped_at,
    h.status
  from held as h
  where any_id(h.external_ids) is null
),

-- A parcel that was cancelled and made anew often keeps its number: what is cancelled comes last.
numbered_here as (
  select
    u.*,
    row_number() over (
      partition by
        u.system,
        u.salesforce_system,
        u.salesforce_order_id,
        u.tracking_key
      order by
        case when u.status in ('cancelled', 'failed') then 1 else 0 end,
        u.shipped_at,
        u.record_id
    ) as nth
  from unclaimed as u
  where u.tracking_key is not null
),

numbered_there as (
  select
    h.*,
    row_number() over (
      partition by
        h.system,
        h.order_id,
        h.tracking_key
      order by
        case when h.status in ('cancelled', 'failed') then 1 else 0 end,
        h.shipped_at,
        h.record_id
    ) as nth,
    count(*) over (partition by h.system, h.order_id, h.tracking_key) as parcels
  from nameless as h
  where h.tracking_key is not null
),

by_tracking as (
  select
    u.system,
    u.record_id,
    u.salesforce_system,
    u.salesforce_order_id,
    u.tracking_key,
    h.record_id as held_id
  from numbered_here as u
  inner join numbered_there as h
    on
      u.salesforce_system = h.system
      and u.salesforce_order_id = h.order_id
      and u.tracking_key = h.tracking_key
      and (u.nth = h.nth or (h.nth = h.parcels and u.nth > h.parcels and coalesce(u.status, 'success') not in ('cancelled', 'failed')))
),

boxes_here as (
  select
    u.system,
    u.salesforce_system,
    u.salesforce_order_id,
    u.tracking_key,
    count(*) as parcels,
    case when count(*) = count(u.quantity) then sum(u.quantity) end as quantity
  from numbered_here as u
  where u.nth = 1 or coalesce(u.status, 'success') not in ('cancelled', 'failed')
  group by
    u.system,
    u.salesforce_system,
    u.salesforce_order_id,
    u.tracking_key
),

boxes_there as (
  select
    h.system,
    h.order_id,
    h.tracking_key,
    count(*) as parcels,
    case when count(*) = count(h.quantity) then sum(h.quantity) end as quantity
  from numbered_there as h
  where h.nth = 1 or coalesce(h.status, 'success') not in ('cancelled', 'failed')
  group by
    h.system,
    h.order_id,
    h.tracking_key
),

-- Only where several share a number.
shared as (
  select
    k.system,
    k.record_id,
    k.salesforce_system,
    s.quantity as shop_quantity,
    h.quantity as salesforce_quantity
  from by_tracking as k
  inner join boxes_here as s
    on
      k.system = s.system
      and k.salesforce_system = s.salesforce_system
      and k.salesforce_order_id = s.salesforce_order_id
      and k.tracking_key = s.tracking_key
  inner join boxes_there as h on k.salesforce_system = h.system and k.salesforce_order_id = h.order_id and k.tracking_key = h.tracking_key
  where s.parcels > 1 or h.parcels > 1
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
  anti join by_tracking as k on u.system = k.system and u.record_id = k.record_id and u.salesforce_system = k.salesforce_system
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
  anti join by_tracking as k on h.system = k.salesforce_system and h.record_id = k.held_id
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
  case when x.record_id is not null then x.shop_quantity else p.quantity end as shop_quantity,
  case when x.record_id is not null then x.salesforce_quantity else h.quantity end as salesforce_quantity,
  x.record_id is not null as is_shared,
  p.shipped_at,
  p.updated_at as shop_updated_at
from sent as p
left join found as k on p.system = k.system and p.record_id = k.record_id and p.salesforce_system = k.salesforce_system
left join held as h on k.salesforce_system = h.system and k.held_id = h.record_id
left join shared as x on p.system = x.system and p.record_id = x.record_id and p.salesforce_system = x.salesforce_system
