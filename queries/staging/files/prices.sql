-- A price. Where no list is named it is the default one; where no quantity is, from one on. Where only a SKU says which product it is for,
-- the product of that SKU.
with
skus as (
  select
    id,
    min(role_sku) as sku
  from mapped.products
  where role_sku is not null
  group by id
),

products_by_sku as (
  select
    sku_key(role_sku) as sku_key,
    min(id) as id
  from mapped.products
  where role_sku is not null
  group by sku_key
)

select
  m.id as record_id,
  coalesce(m.role_price_list, 'default') as price_list,
  m.role_store as store,
  coalesce(m.role_product_id, k.id, sku_key(m.role_sku)) as variant_id,
  sku_key(coalesce(m.role_sku, p.sku)) as sku_key,
  cast(coalesce(m.role_min_quantity, '1') as decimal(18, 4)) as min_quantity,
  money(m.role_amount) as amount,
  money(m.role_compare_at) as compare_at,
  upper(coalesce(m.role_currency, (
    select s.currency from systems as s
    where s.system = getvariable('system')
  ))) as currency,
  m.role_company_id as company_id,
  try_flag(m.role_is_negotiated) as is_negotiated,
  utc(m.role_valid_from) as valid_from,
  utc(m.role_valid_to) as valid_to,
  case when m.updated_at is not null then greatest(m.updated_at, utc(m.role_valid_from)) end as held_since,
  coalesce(try_flag(m.role_is_active), true) as is_active,
  m.updated_at,
  coalesce(utc(m.role_deleted_at), case when m.is_deleted then coalesce(m.updated_at, m.seen_at) end) as deleted_at,
  m.seen_at,
  m.file,
  m.line
from mapped.prices as m
left join skus as p on m.role_product_id = p.id
left join products_by_sku as k on sku_key(m.role_sku) = k.sku_key
