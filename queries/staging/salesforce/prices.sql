-- An entry of a price book. The mapping names the book that holds the shop's own prices "default".
with
skus as (
  select
    id,
    min(role_sku) as sku
  from mapped.products
  where role_sku is not null
  group by id
)

select
  m.id as record_id,
  m.role_price_list as price_list,
  m.role_store as store,
  id18(m.role_product_id) as variant_id,
  sku_key(p.sku) as sku_key,
  coalesce(try_quantity(m.role_min_quantity), 1) as min_quantity,
  try_money(m.role_amount) as amount,
  upper(coalesce(m.role_currency, (
    select s.currency from systems as s
    where s.system = getvariable('system')
  ))) as currency,
  m.role_company_id as company_id,
  try_flag(m.role_is_negotiated) as is_negotiated,
  try_utc(m.role_valid_from) as valid_from,
  try_utc(m.role_valid_to) as valid_to,
  case when m.updated_at is not null then greatest(m.updated_at, try_utc(m.role_valid_from)) end as held_since,
  coalesce(try_flag(m.role_is_active), true) as is_active,
  m.updated_at,
  case when m.is_deleted then coalesce(m.modstamp, m.updated_at, m.seen_at) end as deleted_at,
  m.seen_at,
  m.file,
  m.line
from mapped.prices as m
left join skus as p on id18(m.role_product_id) = p.id
