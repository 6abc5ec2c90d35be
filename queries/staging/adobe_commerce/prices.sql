-- The base price before any store changes it is list "default"; a store's own price, special prices and group prices come beside it.
-- A shared catalogue's prices are those of its customer group (quantity 1) and are named after the catalogue.
with
stores as (
  select
    c.id,
    c.code,
    c.website_id,
    c.base_currency_code as currency
  from (select unnest(configs) as c from raw.store) as views
),

sites as (
  select
    w.id,
    w.code,
    (
      select min(stores.currency) from stores
      where stores.website_id = w.id
    ) as currency
  from (select unnest(websites) as w from raw.store) as all_sites
),

main as (
  select s.currency from systems as s
  where s.system = getvariable('system')
),

of_sku as (
  select
    sku_key(sku) as sku_key,
    min(id) as id,
    max(price) as price,
    max(status) as status,
    max(updated_at) as updated_at
  from raw.products
  group by sku_key(sku)
),

lists as (
  select
    g.code,
    min(s.name) as catalog,
    coalesce(bool_or(s.kind = 0), false) as is_negotiated,
    min(g.id) as group_id
  from raw.customer_groups as g
  left join raw.shared_catalogs as s on g.id = cast(s.customer_group_id as varchar)
  group by g.code
),

one_company as (
  select
    cast(customer_group_id as varchar) as group_id,
    min(id) as company_id
  from raw.companies
  group by customer_group_id
  having count(*) = 1
),

base as (
  select
    b.id as record_id,
    'default' || coalesce(' @ ' || stores.code, '') as price_list,
    b.sku,
    1 as min_quantity,
    b.price as amount,
    stores.currency,
    cast(null as varchar) as company_id,
    false as is_negotiated,
    cast(null as timestamp) as valid_from,
    cast(null as timestamp) as valid_to,
    b.seen_at,
    b.file,
    b.line
  from raw.base_prices as b
  left join stores on b.store_id = stores.id and b.store_id <> 0
),

-- where base prices could not be asked for, the product list tells the same for its scope
listed as (
  select
    p.id as record_id,
    'default' as price_list,
    p.sku,
    1 as min_quantity,
    p.price as amount,
    cast(null as varchar) as currency,
    cast(null as varchar) as company_id,
    false as is_negotiated,
    cast(null as timestamp) as valid_from,
    cast(null as timestamp) as valid_to,
    p.seen_at,
    p.file,
    p.line
  from raw.products as p
  where p.price is not null and p.type_id not in ('configurable', 'grouped') and not exists (select 1 from raw.base_prices)
),

special as (
  select
    'special/' || s.id as record_id,
    'special' || coalesce(' @ ' || stores.code, '') as price_list,
    s.sku,
    1 as min_quantity,
    s.price as amount,
    stores.currency,
    cast(null as varchar) as company_id,
    false as is_negotiated,
    try_cast(blank(s.price_from) as timestamp) as valid_from,
    try_cast(blank(s.price_to) as timestamp) as valid_to,
    s.seen_at,
    s.file,
    s.line
  from raw.special_prices as s
  left join stores on s.store_id = stores.id and s.store_id <> 0
),

tier as (
  select
    'tier/' || t.id as record_id,
    coalesce(lists.catalog, t.customer_group) || coalesce(' @ ' || sites.code, '') as price_list,
    t.sku,
    t.quantity as min_quantity,
    case
      when t.price_type = 'discount' then cast(round(of_sku.price * (100 - t.price) / 100, 4) as decimal(38, 6))
      else t.price
    end as amount,
    sites.currency,
    one_company.company_id,
    coalesce(lists.is_negotiated, false) as is_negotiated,
    cast(null as timestamp) as valid_from,
    cast(null as timestamp) as valid_to,
    t.seen_at,
    t.file,
    t.line
  from raw.tier_prices as t
  left join lists on t.customer_group = lists.code
  left join one_company on lists.group_id = one_company.group_id
  left join sites on t.website_id = sites.id and t.website_id <> 0
  left join of_sku on sku_key(t.sku) = of_sku.sku_key
),

entries as (
  select * from base
  union all
  select * from listed
  union all
  select * from special
  union all
  select * from tier
)

select
  e.record_id,
  e.price_list,
  of_sku.id as variant_id,
  sku_key(e.sku) as sku_key,
  e.min_quantity,
  e.amount,
  coalesce(e.currency, main.currency) as currency,
  e.company_id,
  e.is_negotiated,
  e.valid_from,
  e.valid_to,
  coalesce(of_sku.status = 1, true)
  and coalesce(e.valid_from <= e.seen_at, true)
  and coalesce(e.valid_to + to_days(1) > e.seen_at, true) as is_active,
  of_sku.updated_at,
  e.seen_at,
  e.file,
  e.line
from entries as e
cross join main
left join of_sku on sku_key(e.sku) = of_sku.sku_key
