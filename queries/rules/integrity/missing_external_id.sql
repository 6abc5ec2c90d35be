/* +++
title    = "Customers and products in Salesforce carry the shop's id"
question = "Which customers and products in Salesforce were only found by e-mail or SKU, because the external id is blank?"
severity = "medium"
entity   = "customers"
since    = "0.1"
needs    = [
  "owner.customers",
  "owner.products",
  "salesforce.customers",
  "salesforce.products",
  "salesforce.customers.external_ids|salesforce.products.external_ids",
]
why      = "Without the id an integration finds the record by luck: after a change of address or SKU it makes a second one."
remedy   = "Write the shop's id into the external id field of the listed records."
false_alarms = "Contacts that sales made by hand and that the integration has never touched."
fix      = "safe"
checked  = """
select count(*)
from (
  select l.shop_id
  from customer_links as l
  inner join compared as o on l.shop_system = o.system and o.entity = 'customers'
  where l.is_primary
  union all
  select l.shop_id
  from product_links as l
  inner join compared as o on l.shop_system = o.system and o.entity = 'products'
  where l.is_primary
) as c
"""
+++ */
with customers_without as (
  select
    'customers' as entity,
    l.shop_system,
    l.shop_id,
    l.salesforce_id,
    l.method,
    l.certainty,
    'Customer ' || coalesce(c.email, c.phone, c.record_id) as subject,
    coalesce(c.email, c.phone, c.record_id) as label,
    sf.created_at
  from customer_links as l
  inner join compared as o on l.shop_system = o.system and o.entity = 'customers'
  inner join customers as c on l.shop_system = c.system and l.shop_id = c.record_id
  inner join customers as sf on l.salesforce_system = sf.system and l.salesforce_id = sf.record_id
  where
    l.is_primary
    and l.method <> 'external_id'
    -- A guest has no id in the shop that could be written.
    and c.is_guest is not true
    and id_for(sf.external_ids, l.shop_system) is null
    and not exists (
      select 1
      from coverage as n
      where n.system = l.salesforce_system and n.entity = 'customers' and n.field in ('external_ids', 'external_ids.' || l.shop_system) and not n.readable
    )
),

products_without as (
  select
    'products' as entity,
    l.shop_system,
    l.shop_id,
    l.salesforce_id,
    l.method,
    l.certainty,
    'Product ' || coalesce(p.sku, p.title, p.record_id) as subject,
    coalesce(p.sku, p.title, p.record_id) as label,
    sf.created_at
  from product_links as l
  inner join compared as o on l.shop_system = o.system and o.entity = 'products'
  inner join products as p on l.shop_system = p.system and l.shop_id = p.record_id
  inner join products as sf on l.salesforce_system = sf.system and l.salesforce_id = sf.record_id
  where
    l.is_primary
    and l.method <> 'external_id'
    and id_for(sf.external_ids, l.shop_system) is null
    and not exists (
      select 1
      from coverage as n
      where n.system = l.salesforce_system and n.entity = 'products' and n.field in ('external_ids', 'external_ids.' || l.shop_system) and not n.readable
    )
),

found as (
  select
    c.entity,
    c.shop_system,
    c.shop_id,
    c.salesforce_id,
    c.method,
    c.certainty,
    c.subject,
    c.label,
    c.created_at
  from customers_without as c
  union all
  select
    p.entity,
    p.shop_system,
    p.shop_id,
    p.salesforce_id,
    p.method,
    p.certainty,
    p.subject,
    p.label,
    p.created_at
  from products_without as p
)

select
  f.shop_system as system,
  f.shop_id as record_id,
  f.salesforce_id,
  f.entity,
  f.entity as discriminator,
  f.label,
  f.subject || ' is in Salesforce without its id ' || in_system(f.shop_system) || '; it was found by ' || replace(f.method, '_', ' ')
  || '.' as message,
  [diff_field('external_id', f.shop_id, null)] as diff,
  f.created_at as occurred_at,
  case f.certainty when 'certain' then 'certain' else 'likely' end as confidence,
  f.method
from found as f
