/* +++
title    = "Lines, refunds, shipments and returns belong to an order"
question = "Which lines, refunds, shipments and returns in Salesforce hang on no order, or on one that was deleted?"
severity = "high"
entity   = "order_lines"
since    = "0.1"
needs    = ["salesforce.orders", "salesforce.order_lines|salesforce.refunds|salesforce.fulfillments|salesforce.returns"]
why      = "What hangs on no order is in no total and on no page: money that went back looks as if it had not, and nobody finds the parcel."
remedy   = "Find the order by the shop's id that the record carries, and set the reference again. An order that was deleted and sent anew leaves such records behind."
false_alarms = "Records of orders that are about to be taken back from the recycle bin."
fix      = "review"
checked  = """
select
  (select count(*) from order_lines as n inner join systems as s on n.system = s.system and s.side = 'salesforce' where n.deleted_at is null)
  + (select count(*) from refunds as r inner join systems as s on r.system = s.system and s.side = 'salesforce' where r.deleted_at is null)
  + (select count(*) from fulfillments as f inner join systems as s on f.system = s.system and s.side = 'salesforce' where f.deleted_at is null)
  + (select count(*) from returns as b inner join systems as s on b.system = s.system and s.side = 'salesforce' where b.deleted_at is null)
"""
+++ */
-- Only what is known is told: an order that was not read may be of a kind that is not mapped, or hidden from the user of recon.
with gone as (
  select
    o.system,
    o.record_id
  from orders as o
  inner join systems as s on o.system = s.system and s.side = 'salesforce'
  where o.deleted_at is not null
),

lonely_lines as (
  select
    'order_lines' as entity,
    'line' as kind,
    n.system,
    n.record_id,
    n.order_id,
    n.external_ids,
    coalesce(n.sku, n.title) as subject,
    n.total as amount,
    n.currency,
    coalesce(n.updated_at, n.created_at) as occurred_at
  from order_lines as n
  inner join systems as s on n.system = s.system and s.side = 'salesforce'
  left join gone as g on n.system = g.system and n.order_id = g.record_id
  where n.deleted_at is null and (n.order_id is null or g.record_id is not null)
),

lonely_refunds as (
  select
    'refunds' as entity,
    'refund' as kind,
    r.system,
    r.record_id,
    r.order_id,
    r.external_ids,
    cast(null as varchar) as subject,
    r.amount,
    r.currency,
    coalesce(r.updated_at, r.created_at) as occurred_at
  from refunds as r
  inner join systems as s on r.system = s.system and s.side = 'salesforce'
  left join gone as g on r.system = g.system and r.order_id = g.record_id
  where r.deleted_at is null and (r.order_id is null or g.record_id is not null)
),

lonely_shipments as (
  select
    'fulfillments' as entity,
    'shipment' as kind,
    f.system,
    f.record_id,
    f.order_id,
    f.external_ids,
    f.tracking_number as subject,
    cast(null as decimal(38, 6)) as amount,
    cast(null as varchar) as currency,
    coalesce(f.updated_at, f.created_at) as occurred_at
  from fulfillments as f
  inner join systems as s on f.system = s.system and s.side = 'salesforce'
  left join gone as g on f.system = g.system and f.order_id = g.record_id
  where f.deleted_at is null and (f.order_id is null or g.record_id is not null)
),

lonely_returns as (
  select
    'returns' as entity,
    'return' as kind,
    b.system,
    b.record_id,
    b.order_id,
    b.external_ids,
    cast(null as varchar) as subject,
    cast(null as decimal(38, 6)) as amount,
    cast(null as varchar) as currency,
    b.created_at as occurred_at
  from returns as b
  inner join systems as s on b.system = s.system and s.side = 'salesforce'
  left join gone as g on b.system = g.system and b.order_id = g.record_id
  where b.deleted_at is null and (b.order_id is null or g.record_id is not null)
),

lonely as (
  select
    n.entity,
    n.kind,
    n.system,
    n.record_id,
    n.order_id,
    n.external_ids,
    n.subject,
    n.amount,
    n.currency,
    n.occurred_at
  from lonely_lines as n
  union all
  select
    r.entity,
    r.kind,
    r.system,
    r.record_id,
    r.order_id,
    r.external_ids,
    r.subject,
    r.amount,
    r.currency,
    r.occurred_at
  from lonely_refunds as r
  union all
  select
    f.entity,
    f.kind,
    f.system,
    f.record_id,
    f.order_id,
    f.external_ids,
    f.subject,
    f.amount,
    f.currency,
    f.occurred_at
  from lonely_shipments as f
  union all
  select
    b.entity,
    b.kind,
    b.system,
    b.record_id,
    b.order_id,
    b.external_ids,
    b.subject,
    b.amount,
    b.currency,
    b.occurred_at
  from lonely_returns as b
)

select
  x.system,
  cast(null as varchar) as record_id,
  x.record_id as salesforce_id,
  x.entity,
  coalesce(x.subject, any_id(x.external_ids), x.record_id) as label,
  'The ' || x.kind || ' ' || coalesce(x.subject, any_id(x.external_ids), x.record_id)
  || case
    when x.order_id is null then ' hangs on no order in Salesforce.'
    else ' hangs on an order that was deleted in Salesforce.'
  end as message,
  x.amount,
  x.currency,
  x.occurred_at,
  x.order_id,
  any_id(x.external_ids) as external_id
from lonely as x
