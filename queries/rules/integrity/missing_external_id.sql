/* +++
title    = "Customers, products, companies and subscriptions in Salesforce carry the shop's id"
question = "Which records were only found by e-mail, SKU or customer, because the external id is blank, and which, companies too, may be any of several?"
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
remedy   = "Write the shop's id into the external id field of the listed records. Where several fit, a person has to say which one it is, and whether the others should be merged."
false_alarms = "Contacts that sales made by hand and that the integration has never touched. Two people who share a mailbox, and branches of one name, are told as several that fit."
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
  union all
  select l.shop_id
  from company_links as l
  inner join compared as o on l.shop_system = o.system and o.entity = 'companies'
  inner join coverage as n on l.salesforce_system = n.system and n.entity = 'companies' and n.field is null and n.readable and n.complete
  group by l.shop_system, l.shop_id
  union all
  select l.shop_id
  from subscription_links as l
  inner join compared as o on l.shop_system = o.system and o.entity = 'subscriptions'
  inner join coverage as n on l.salesforce_system = n.system and n.entity = 'subscriptions' and n.field is null and n.readable and n.complete
  group by l.shop_system, l.shop_id
) as c
"""
+++ */
-- Links that no id made. Where several records of one side fit, nobody is chosen: one finding names them all. A company that one name finds
-- is silent: sales has many accounts that it made itself.
with customers_without as (
  select
    'customers' as entity,
    l.shop_system,
    l.shop_id,
    l.salesforce_system,
    l.salesforce_id,
    l.method,
    l.certainty,
    l.is_primary,
    true as is_candidate,
    'Customer ' || coalesce(c.email, c.phone, c.record_id) as subject,
    coalesce(c.email, c.phone, c.record_id) as label,
    coalesce(sf.email, sf.phone, sf.record_id) as salesforce_label,
    id_for(sf.external_ids, l.shop_system) as carried_id,
    sf.created_at
  from customer_links as l
  inner join compared as o on l.shop_system = o.system and o.entity = 'customers'
  inner join customers as c on l.shop_system = c.system and l.shop_id = c.record_id
  inner join customers as sf on l.salesforce_system = sf.system and l.salesforce_id = sf.record_id
  where
    (l.method <> 'external_id' or l.certainty = 'ambiguous')
    -- A guest has no id in the shop that could be written.
    and c.is_guest is not true
    and not exists (
      select 1
      from coverage as n
      where n.system = l.salesforce_system and n.entity = 'customers' and n.field in ('external_ids', 'external_ids.' || l.shop_system) and not n.readable
    )
),

-- A product that is no longer sold is no candidate beside one that is.
products_without as (
  select
    'products' as entity,
    l.shop_system,
    l.shop_id,
    l.salesforce_system,
    l.salesforce_id,
    l.method,
    l.certainty,
    l.is_primary,
    coalesce(sf.status, 'active') = 'active' as is_candidate,
    'Product ' || coalesce(p.sku, p.title, p.record_id) as subject,
    coalesce(p.sku, p.title, p.record_id) as label,
    coalesce(sf.sku, sf.title, sf.record_id) as salesforce_label,
    id_for(sf.external_ids, l.shop_system) as carried_id,
    sf.created_at
  from product_links as l
  inner join compared as o on l.shop_system = o.system and o.entity = 'products'
  inner join products as p on l.shop_system = p.system and l.shop_id = p.record_id
  inner join products as sf on l.salesforce_system = sf.system and l.salesforce_id = sf.record_id
  where
    (l.method <> 'external_id' or l.certainty = 'ambiguous')
    and not exists (
      select 1
      from coverage as n
      where n.system = l.salesforce_system and n.entity = 'products' and n.field in ('external_ids', 'external_ids.' || l.shop_system) and not n.readable
    )
),

-- Companies and subscriptions are optional: where Salesforce's could not be read wholly they are left out, and customers are judged all the
-- same.
companies_without as (
  select
    'companies' as entity,
    l.shop_system,
    l.shop_id,
    l.salesforce_system,
    l.salesforce_id,
    l.method,
    l.certainty,
    l.is_primary,
    true as is_candidate,
    'Company ' || coalesce(c.name, c.record_id) as subject,
    coalesce(c.name, c.record_id) as label,
    coalesce(sf.name, sf.record_id) as salesforce_label,
    id_for(sf.external_ids, l.shop_system) as carried_id,
    sf.created_at
  from company_links as l
  inner join compared as o on l.shop_system = o.system and o.entity = 'companies'
  inner join companies as c on l.shop_system = c.system and l.shop_id = c.record_id
  inner join companies as sf on l.salesforce_system = sf.system and l.salesforce_id = sf.record_id
  inner join coverage as n on l.salesforce_system = n.system and n.entity = 'companies' and n.field is null and n.readable and n.complete
  where
    l.certainty = 'ambiguous'
    -- Ids that nobody may read might tell; where no field holds any, nothing does.
    and not exists (
      select 1
      from coverage as x
      where
        x.system = l.salesforce_system
        and x.entity = 'companies'
        and x.field in ('external_ids', 'external_ids.' || l.shop_system)
        and not x.readable
        and not x.absent
    )
),

subscriptions_without as (
  select
    'subscriptions' as entity,
    l.shop_system,
    l.shop_id,
    l.salesforce_system,
    l.salesforce_id,
    l.method,
    l.certainty,
    l.is_primary,
    true as is_candidate,
    'Subscription ' || l.shop_id as subject,
    l.shop_id as label,
    l.salesforce_id as salesforce_label,
    id_for(sf.external_ids, l.shop_system) as carried_id,
    sf.created_at
  from subscription_links as l
  inner join compared as o on l.shop_system = o.system and o.entity = 'subscriptions'
  inner join subscriptions as sf on l.salesforce_system = sf.system and l.salesforce_id = sf.record_id
  inner join coverage as n on l.salesforce_system = n.system and n.entity = 'subscriptions' and n.field is null and n.readable and n.complete
  where
    (l.method <> 'external_id' or l.certainty = 'ambiguous')
    and not exists (
      select 1
      from coverage as x
      where
        x.system = l.salesforce_system
        and x.entity = 'subscriptions'
        and x.field in ('external_ids', 'external_ids.' || l.shop_system)
        and not x.readable
    )
),

found as (
  select
    c.entity,
    c.shop_system,
    c.shop_id,
    c.salesforce_system,
    c.salesforce_id,
    c.method,
    c.certainty,
    c.is_primary,
    c.is_candidate,
    c.subject,
    c.label,
    c.salesforce_label,
    c.carried_id,
    c.created_at
  from customers_without as c
  union all
  select
    p.entity,
    p.shop_system,
    p.shop_id,
    p.salesforce_system,
    p.salesforce_id,
    p.method,
    p.certainty,
    p.is_primary,
    p.is_candidate,
    p.subject,
    p.label,
    p.salesforce_label,
    p.carried_id,
    p.created_at
  from products_without as p
  union all
  select
    b.entity,
    b.shop_system,
    b.shop_id,
    b.salesforce_system,
    b.salesforce_id,
    b.method,
    b.certainty,
    b.is_primary,
    b.is_candidate,
    b.subject,
    b.label,
    b.salesforce_label,
    b.carried_id,
    b.created_at
  from companies_without as b
  union all
  select
    u.entity,
    u.shop_system,
    u.shop_id,
    u.salesforce_system,
    u.salesforce_id,
    u.method,
    u.certainty,
    u.is_primary,
    u.is_candidate,
    u.subject,
    u.label,
    u.salesforce_label,
    u.carried_id,
    u.created_at
  from subscriptions_without as u
),

-- An id that several shops have given is one record for all of them, as is a subscription; an e-mail address, SKU or name may be each shop's own.
counted as (
  select
    f.*,
    count(*) filter (where f.is_candidate) over (partition by f.entity, f.shop_system, f.shop_id, f.salesforce_system) as in_salesforce,
    count(*) over (
      partition by f.entity, f.salesforce_system, f.salesforce_id, case when f.method in ('external_id', 'customer') then '' else f.shop_system end
    ) as in_shops
  from found as f
),

one_of_several as (
  select
    c.entity,
    c.shop_system,
    c.shop_id,
    c.subject,
    c.label,
    count(*) as records,
    max(c.created_at) as last_at,
    string_agg(distinct c.method, ' or ' order by c.method) as method,
    list(related_record(c.salesforce_system, c.salesforce_id) order by c.salesforce_id) as related
  from counted as c
  where c.in_salesforce > 1 and c.is_candidate
  group by
    c.entity,
    c.shop_system,
    c.shop_id,
    c.salesforce_system,
    c.subject,
    c.label
),

whose as (
  select
    c.entity,
    c.salesforce_system,
    c.salesforce_id,
    c.method,
    c.salesforce_label,
    c.created_at,
    count(*) as records,
    count(distinct c.shop_system) as shops,
    list(related_record(c.shop_system, c.shop_id) order by c.shop_system, c.shop_id) as related
  from counted as c
  where c.in_shops > 1 and c.in_salesforce <= 1 and (c.carried_id is null or c.method = 'external_id' or c.entity = 'companies')
  group by
    c.entity,
    c.salesforce_system,
    c.salesforce_id,
    c.method,
    case when c.method in ('external_id', 'customer') then '' else c.shop_system end,
    c.salesforce_label,
    c.created_at
)

select
  c.shop_system as system,
  c.shop_id as record_id,
  c.salesforce_id,
  c.entity,
  c.entity as discriminator,
  c.label,
  c.subject || ' is in Salesforce without its id ' || in_system(c.shop_system) || '; it was found by ' || replace(c.method, '_', ' ')
  || '.' as message,
  [diff_field('external_id', c.shop_id, null)] as diff,
  c.created_at as occurred_at,
  case c.certainty when 'certain' then 'certain' else 'likely' end as confidence,
  cast(null as struct(system varchar, record_id varchar)[]) as related,
  c.method
from counted as c
where c.is_primary and c.carried_id is null and c.in_salesforce <= 1 and c.in_shops = 1
union all
select
  v.shop_system as system,
  v.shop_id as record_id,
  cast(null as varchar) as salesforce_id,
  v.entity,
  v.entity as discriminator,
  v.label,
  v.subject || ' ' || in_system(v.shop_system) || ' may be any of ' || cast(v.records as varchar) || ' records in Salesforce: they fit by '
  || replace(v.method, '_', ' ') || ', and nothing tells which it is.' as message,
  cast(null as struct(field varchar, shop varchar, salesforce varchar)[]) as diff,
  v.last_at as occurred_at,
  'review' as confidence,
  v.related,
  v.method
from one_of_several as v
union all
select
  w.salesforce_system as system,
  cast(null as varchar) as record_id,
  w.salesforce_id,
  w.entity,
  w.entity || ' ' || w.method as discriminator,
  w.salesforce_label as label,
  case w.entity when 'customers' then 'Customer ' when 'companies' then 'Company ' when 'subscriptions' then 'Subscription ' else 'Product ' end
  || w.salesforce_label || ' in Salesforce may be any of ' || cast(w.records as varchar)
  || case when w.shops > 1 then ' in the shops' else ' in the shop' end || ': they fit by '
  || replace(w.method, '_', ' ') || ', and nothing tells which it is.' as message,
  cast(null as struct(field varchar, shop varchar, salesforce varchar)[]) as diff,
  w.created_at as occurred_at,
  'review' as confidence,
  w.related,
  w.method
from whose as w
