/* +++
title    = "Every active product that names a shop's product exists in that shop"
question = "Which active products of Salesforce claim a product that the shop does not have?"
severity = "low"
entity   = "products"
since    = "0.2"
needs    = ["shop.products", "salesforce.products", "salesforce.products.external_ids"]
why      = "Sales can quote and order what nobody delivers any more."
remedy   = "Set the product inactive in Salesforce where the shop gave it up; correct the id where the product lives on under another one."
false_alarms = "Ids of a shop that is not in recon.toml, and products that sales goes on selling without the shop."
fix      = "none"
recheck  = true
checked  = """
select count(*)
from products as p
inner join systems as s on p.system = s.system and s.side = 'salesforce'
where p.deleted_at is null and coalesce(p.status, 'active') = 'active' and any_id(p.external_ids) is not null
  and coalesce(p.created_at, timestamp '1970-01-01') < $as_of - to_minutes(cast($grace_minutes as bigint))
"""

[params.grace_minutes]
default = 15
unit    = "minutes"
help    = "Records younger than this may be ahead of what was read from the shop."
+++ */
with claims as (
  select
    p.system,
    p.record_id,
    coalesce(p.sku, p.title, p.record_id) as label,
    p.title,
    p.created_at,
    p.updated_at,
    unnest(map_entries(p.external_ids)) as claim
  from products as p
  inner join systems as s on p.system = s.system and s.side = 'salesforce'
  where
    p.deleted_at is null
    and coalesce(p.status, 'active') = 'active'
    and any_id(p.external_ids) is not null
    and coalesce(p.created_at, timestamp '1970-01-01') < $as_of - to_minutes(cast($grace_minutes as bigint))
),

-- The shared id may be that of any shop; a field of its own is that of its shop, and of nobody's concern where the shop is not compared.
named as (
  select
    c.system,
    c.record_id,
    c.label,
    c.title,
    c.created_at,
    c.updated_at,
    c.claim.value as claimed_id,
    case when c.claim.key <> 'external_id' then c.claim.key end as claimed_system
  from claims as c
  left join compared as k on c.claim.key = k.system and k.entity = 'products'
  where c.claim.value is not null and (c.claim.key = 'external_id' or k.system is not null)
),

shops as (
  select
    count(*) as shops,
    min(k.system) as first_shop
  from compared as k
  where k.entity = 'products'
)

select
  n.system,
  cast(null as varchar) as record_id,
  n.record_id as salesforce_id,
  coalesce(n.claimed_system, '') as discriminator,
  n.label,
  'Product ' || n.label || ' is active in Salesforce, but there is no such product '
  || coalesce(in_system(coalesce(n.claimed_system, case when s.shops = 1 then s.first_shop end)), 'in any shop') || '.' as message,
  n.updated_at as occurred_at,
  n.claimed_id,
  n.title
from named as n
cross join shops as s
where not exists (
  select 1
  from product_links as l
  where
    l.salesforce_system = n.system
    and l.salesforce_id = n.record_id
    and (n.claimed_system is null or l.shop_system = n.claimed_system)
)
