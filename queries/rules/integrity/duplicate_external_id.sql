/* +++
title    = "No two records in Salesforce carry the same id of the shop"
question = "Which products, refunds, shipments, returns, places, companies and subscriptions are in Salesforce twice under one id of the shop?"
severity = "high"
entity   = "products"
since    = "0.1"
needs    = [
  "salesforce.products|salesforce.refunds|salesforce.fulfillments|salesforce.returns|salesforce.locations|salesforce.companies|salesforce.subscriptions",
  "salesforce.products.external_ids|salesforce.refunds.external_ids|salesforce.fulfillments.external_ids|salesforce.returns.external_ids|salesforce.locations.external_ids|salesforce.companies.external_ids|salesforce.subscriptions.external_ids",
]
why      = "An integration updates one of the two and readers see the other; a refund that is there twice is subtracted twice."
remedy   = "Keep the record that the integration updates and delete the other. Then make the id field unique, and let every flow write the id in the same form."
false_alarms = "Copies that are kept on purpose for another price list or legal entity."
fix      = "none"
checked  = """
select
  (select count(*) from products as p inner join systems as s on p.system = s.system and s.side = 'salesforce' where p.deleted_at is null)
  + (select count(*) from refunds as r inner join systems as s on r.system = s.system and s.side = 'salesforce' where r.deleted_at is null)
  + (select count(*) from fulfillments as f inner join systems as s on f.system = s.system and s.side = 'salesforce' where f.deleted_at is null)
  + (select count(*) from returns as b inner join systems as s on b.system = s.system and s.side = 'salesforce' where b.deleted_at is null)
  + (select count(*) from locations as x inner join systems as s on x.system = s.system and s.side = 'salesforce')
  + (select count(*) from companies as c inner join systems as s on c.system = s.system and s.side = 'salesforce' where c.deleted_at is null)
  + (select count(*) from subscriptions as u inner join systems as s on u.system = s.system and s.side = 'salesforce' where u.deleted_at is null)
"""
+++ */
-- Orders, lines and customers have rules of their own. The number of an ERP may stand on one record for every shop.
-- The same id in another dress is the same id: that is what a unique field does not see.
with held as (
  select
    'products' as entity,
    'product' as kind,
    p.system,
    p.record_id,
    p.external_ids,
    coalesce(p.sku, p.title) as subject,
    cast(null as decimal(38, 6)) as amount,
    cast(null as varchar) as currency,
    p.created_at
  from products as p
  inner join systems as s on p.system = s.system and s.side = 'salesforce'
  where p.deleted_at is null and p.external_ids is not null
  union all
  select
    'refunds' as entity,
    'refund' as kind,
    r.system,
    r.record_id,
    r.external_ids,
    cast(null as varchar) as subject,
    r.amount,
    r.currency,
    r.created_at
  from refunds as r
  inner join systems as s on r.system = s.system and s.side = 'salesforce'
  where r.deleted_at is null and r.external_ids is not null
  union all
  select
    'fulfillments' as entity,
    'shipment' as kind,
    f.system,
    f.record_id,
    f.external_ids,
    f.tracking_number as subject,
    cast(null as decimal(38, 6)) as amount,
    cast(null as varchar) as currency,
    f.created_at
  from fulfillments as f
  inner join systems as s on f.system = s.system and s.side = 'salesforce'
  where f.deleted_at is null and f.external_ids is not null
  union all
  select
    'returns' as entity,
    'return' as kind,
    b.system,
    b.record_id,
    b.external_ids,
    cast(null as varchar) as subject,
    cast(null as decimal(38, 6)) as amount,
    cast(null as varchar) as currency,
    b.created_at
  from returns as b
  inner join systems as s on b.system = s.system and s.side = 'salesforce'
  where b.deleted_at is null and b.external_ids is not null
  union all
  select
    'locations' as entity,
    'place' as kind,
    x.system,
    x.record_id,
    x.external_ids,
    x.name as subject,
    cast(null as decimal(38, 6)) as amount,
    cast(null as varchar) as currency,
    cast(null as timestamp) as created_at
  from locations as x
  inner join systems as s on x.system = s.system and s.side = 'salesforce'
  where x.external_ids is not null
  union all
  select
    'companies' as entity,
    'company' as kind,
    c.system,
    c.record_id,
    c.external_ids,
    c.name as subject,
    cast(null as decimal(38, 6)) as amount,
    cast(null as varchar) as currency,
    c.created_at
  from companies as c
  inner join systems as s on c.system = s.system and s.side = 'salesforce'
  where c.deleted_at is null and c.external_ids is not null
  union all
  select
    'subscriptions' as entity,
    'subscription' as kind,
    u.system,
    u.record_id,
    u.external_ids,
    cast(null as varchar) as subject,
    u.amount,
    u.currency,
    u.created_at
  from subscriptions as u
  inner join systems as s on u.system = s.system and s.side = 'salesforce'
  where u.deleted_at is null and u.external_ids is not null
),

ids as (
  select
    h.entity,
    h.kind,
    h.system,
    h.record_id,
    h.subject,
    h.amount,
    h.currency,
    h.created_at,
    unnest(map_entries(h.external_ids)) as entry
  from held as h
),

keyed as (
  select
    i.entity,
    i.kind,
    i.system,
    i.record_id,
    i.subject,
    i.amount,
    i.currency,
    i.created_at,
    i.entry.key as holder,
    external_key(i.entry.value) as id_key
  from ids as i
  left join systems as e on i.entry.key = e.system and e.side = 'erp'
  where i.entry.value is not null and e.system is null
),

twice as (
  select
    k.entity,
    k.system,
    k.holder,
    k.id_key,
    count(*) as copies,
    list(related_record(k.system, k.record_id) order by k.record_id) as related
  from keyed as k
  group by
    k.entity,
    k.system,
    k.holder,
    k.id_key
  having count(*) > 1
),

numbered as (
  select
    k.entity,
    k.kind,
    k.system,
    k.record_id,
    k.subject,
    k.amount,
    k.currency,
    k.created_at,
    k.holder,
    k.id_key,
    t.copies,
    t.related,
    row_number() over (
      partition by
        k.entity,
        k.system,
        k.holder,
        k.id_key
      order by
        k.created_at,
        k.record_id
    ) as nth
  from keyed as k
  inner join twice as t on k.entity = t.entity and k.system = t.system and k.holder = t.holder and k.id_key = t.id_key
)

select
  n.system,
  cast(null as varchar) as record_id,
  n.record_id as salesforce_id,
  n.entity,
  n.entity || ' ' || n.holder as discriminator,
  coalesce(n.subject, n.id_key) as label,
  'The ' || n.kind || ' ' || coalesce(n.subject, n.id_key) || ' is in Salesforce ' || cast(n.copies as varchar) || ' times under the id ' || n.id_key
  || '.' as message,
  n.amount,
  n.currency,
  n.created_at as occurred_at,
  n.related,
  n.id_key as external_id,
  case when n.holder <> 'external_id' then n.holder end as id_of
from numbered as n
where n.nth = 2
