/* +++
after = ["order_links", "compared"]
+++ */
-- Refunds of linked orders and what Salesforce holds of them: by the refund's id, else by amount on the same order, each taken once. Where an
-- order has one refund left on either side, those are taken for the same.
with
paid_out as (
  select
    r.system,
    r.record_id,
    r.order_id,
    r.amount,
    coalesce(r.currency, o.currency) as currency,
    r.created_at,
    o.number,
    l.salesforce_system,
    l.salesforce_id
  from refunds as r
  inner join compared as c on r.system = c.system and c.entity = 'refunds'
  inner join order_links as l on r.system = l.shop_system and r.order_id = l.shop_id and l.is_primary
  inner join orders as o on r.system = o.system and r.order_id = o.record_id
  where r.deleted_at is null and r.money_moved and r.amount > 0 and o.is_test is not true
),

held as (
  select
    h.system,
    h.record_id,
    h.order_id,
    h.amount,
    h.currency,
    h.external_ids
  from refunds as h
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
  inner join compared as c on c.entity = 'refunds'
  where id_for(h.external_ids, c.system) is not null
),

by_id as (
  select
    p.system,
    p.record_id,
    p.salesforce_system,
    min(h.record_id) as refund_id
  from paid_out as p
  inner join claims as h on p.salesforce_system = h.system and p.system = h.shop_system and external_key(p.record_id) = h.claimed_id
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
    p.salesforce_id,
    p.amount,
    row_number() over (
      partition by
        p.salesforce_system,
        p.salesforce_id,
        p.amount
      order by
        p.created_at,
        p.record_id
    ) as turn
  from paid_out as p
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
    h.amount,
    row_number() over (
      partition by
        h.system,
        h.order_id,
        h.amount
      order by h.record_id
    ) as turn
  from held as h
  where any_id(h.external_ids) is null
),

by_amount as (
  select
    u.system,
    u.record_id,
    u.salesforce_system,
    h.record_id as refund_id
  from unclaimed as u
  inner join nameless as h on u.salesforce_system = h.system and u.salesforce_id = h.order_id and u.amount = h.amount and u.turn = h.turn
),

left_here as (
  select
    u.system,
    u.record_id,
    u.salesforce_system,
    u.salesforce_id,
    count(*) over (partition by u.salesforce_system, u.salesforce_id) as alone
  from unclaimed as u
  where
    not exists (
      select 1
      from by_amount as k
      where k.system = u.system and k.record_id = u.record_id and k.salesforce_system = u.salesforce_system
    )
),

left_there as (
  select
    h.system,
    h.record_id,
    h.order_id,
    count(*) over (partition by h.system, h.order_id) as alone
  from nameless as h
  where
    not exists (
      select 1
      from by_amount as k
      where k.salesforce_system = h.system and k.refund_id = h.record_id
    )
),

found as (
  select
    k.system,
    k.record_id,
    k.salesforce_system,
    k.refund_id,
    'external_id' as method
  from by_id as k
  union all
  select
    k.system,
    k.record_id,
    k.salesforce_system,
    k.refund_id,
    'amount' as method
  from by_amount as k
  union all
  select
    u.system,
    u.record_id,
    u.salesforce_system,
    h.record_id as refund_id,
    'rest' as method
  from left_here as u
  inner join left_there as h on u.salesforce_system = h.system and u.salesforce_id = h.order_id
  where u.alone = 1 and h.alone = 1
)

select
  p.system as shop_system,
  p.record_id as shop_id,
  p.order_id as shop_order_id,
  p.number,
  p.salesforce_system,
  p.salesforce_id as salesforce_order_id,
  k.refund_id as salesforce_id,
  k.method,
  p.amount as shop_amount,
  h.amount as salesforce_amount,
  p.currency as shop_currency,
  h.currency as salesforce_currency,
  p.created_at
from paid_out as p
left join found as k on p.system = k.system and p.record_id = k.record_id and p.salesforce_system = k.salesforce_system
left join held as h on k.salesforce_system = h.system and k.refund_id = h.record_id
