/* +++
after = ["compared", "current_prices", "product_links"]
+++ */
-- What the owner asks for a product in each list that Salesforce keeps, and what Salesforce holds there. An entry in a currency that the owner
-- does not ask in stands in for a missing one.
with
owned as (
  select
    p.system,
    p.record_id,
    p.price_list,
    p.store,
    p.variant_id,
    p.currency,
    p.min_quantity,
    p.company_key,
    p.is_negotiated,
    p.amount,
    p.updated_at,
    l.salesforce_system,
    l.salesforce_id as product_id
  from current_prices as p
  inner join compared as c on p.system = c.system and c.entity = 'prices'
  inner join product_links as l on p.system = l.shop_system and p.variant_id = l.shop_id and l.is_primary
),

entries as (
  select
    f.system,
    f.record_id,
    f.price_list,
    coalesce(f.store, '') as store,
    f.variant_id,
    f.currency,
    f.min_quantity,
    f.company_key,
    f.amount
  from current_prices as f
  inner join systems as s on f.system = s.system and s.side = 'salesforce'
),

lists as (
  select distinct
    e.system,
    e.price_list,
    e.store
  from entries as e
),

-- A list of a shop is that shop's, or an ERP's that stands behind it; a price for one shop goes before one for all of them.
expected as (
  select
    o.*,
    b.store as list_store,
    -- The list of another shop needs what that shop sells.
    y.system is null or y.system = o.system or l.shop_id is not null as is_needed,
    row_number() over (
      partition by o.system, o.variant_id, o.salesforce_system, o.product_id, o.price_list, b.store, o.currency, o.min_quantity, o.company_key
      order by o.store is null, o.record_id
    ) as place
  from owned as o
  inner join lists as b on o.salesforce_system = b.system and o.price_list = b.price_list
  left join compared as t on b.store = t.system and t.entity = 'prices'
  left join systems as y on b.store = y.system
  left join product_links as l
    on b.store = l.shop_system and o.salesforce_system = l.salesforce_system and o.product_id = l.salesforce_id and l.is_primary
  where
    (o.store is null or b.store = '' or o.store = b.store)
    and (t.system is null or t.system = o.system)
),

answered as (
  select
    x.system,
    x.record_id,
    x.list_store,
    e.system as salesforce_system,
    e.record_id as salesforce_id,
    e.currency,
    e.amount,
    row_number() over (
      partition by x.system, x.record_id, x.list_store, x.salesforce_system, x.product_id order by e.company_key is null, e.record_id
    ) as place
  from expected as x
  inner join entries as e
    on
      x.salesforce_system = e.system
      and x.product_id = e.variant_id
      and x.price_list = e.price_list
      and x.list_store = e.store
      and x.currency = e.currency
      and x.min_quantity = e.min_quantity
  where x.place = 1 and (e.company_key is null or e.company_key = x.company_key)
),

currencies as (
  select distinct
    x.salesforce_system,
    x.product_id,
    x.price_list,
    x.list_store,
    x.currency
  from expected as x
),

foreign_entries as (
  select
    e.system,
    e.variant_id,
    e.price_list,
    e.store,
    min(e.record_id) as record_id,
    arg_min(e.currency, e.record_id) as currency,
    arg_min(e.amount, e.record_id) as amount
  from entries as e
  anti join currencies as c
    on
      e.system = c.salesforce_system
      and e.variant_id = c.product_id
      and e.price_list = c.price_list
      and e.store = c.list_store
      and e.currency = c.currency
  where e.min_quantity <= 1 and e.company_key is null
  group by
    e.system,
    e.variant_id,
    e.price_list,
    e.store
)

select
  x.system as shop_system,
  x.variant_id as shop_id,
  x.record_id as price_id,
  x.price_list,
  nullif(x.list_store, '') as store,
  x.currency,
  x.min_quantity,
  x.is_negotiated,
  x.amount,
  x.updated_at as shop_changed_at,
  x.salesforce_system,
  x.product_id as salesforce_product_id,
  coalesce(a.salesforce_id, g.record_id) as salesforce_id,
  coalesce(a.currency, g.currency) as salesforce_currency,
  coalesce(a.amount, g.amount) as salesforce_amount
from expected as x
left join answered as a
  on
    x.system = a.system
    and x.record_id = a.record_id
    and x.list_store = a.list_store
    and x.salesforce_system = a.salesforce_system
    and a.place = 1
left join foreign_entries as g
  on
    a.salesforce_id is null
    and x.min_quantity <= 1
    and x.salesforce_system = g.system
    and x.product_id = g.variant_id
    and x.price_list = g.price_list
    and x.list_store = g.store
where x.place = 1 and (x.is_needed or a.salesforce_id is not null or g.record_id is not null)
