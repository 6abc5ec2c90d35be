-- Prices of price books, one row for each step of quantity; percentages of a parent book are no prices and left out.
-- The API knows one price of a product, that of the first site: list "default". So is the price book that recon.toml calls the shop's own.
with
headers as (
  select
    price_book,
    max(exported_at) as deleted_at
  from raw.pricebooks_xml
  where element = 'header' and mode = 'delete'
  group by price_book
),

tables as (
  select
    p.id,
    case when p.is_default then 'default' else p.price_book end as price_list,
    p.product_id,
    p.currency,
    p.is_online as is_active,
    p.valid_from,
    p.valid_to,
    case when p.mode in ('delete', 'delete-all') then p.exported_at else headers.deleted_at end as deleted_at,
    p.seen_at,
    p.file,
    p.line,
    p.price_book,
    unnest(p.amounts) as a
  from raw.pricebooks_xml as p
  left join headers on p.price_book = headers.price_book
  where p.element = 'price-table'
),

booked as (
  select
    price_book
    || '/'
    || product_id
    || '/'
    || number_text(coalesce(try_money(a."@quantity"), 1))
    || case when valid_from is not null then '/' || strftime(valid_from, '%Y%m%d%H%M%S') else '' end as record_id,
    price_list,
    product_id,
    coalesce(try_quantity(a."@quantity"), 1) as min_quantity,
    money(a."#text") as amount,
    currency,
    is_active,
    valid_from,
    valid_to,
    deleted_at,
    seen_at,
    file,
    line
  from tables
),

own_book as (
  select count(*) > 0 as is_known
  from booked
  where price_list = 'default'
),

shown as (
  select
    'default/' || p.id as record_id,
    'default' as price_list,
    p.id as product_id,
    cast(1 as decimal(18, 4)) as min_quantity,
    p.price as amount,
    p.currency,
    true as is_active,
    p.updated_at,
    p.seen_at,
    p.file,
    p.line
  from raw.products as p
  cross join own_book
  where
    p.price is not null
    and not own_book.is_known
    and not coalesce(p.type.master, false)
    and not coalesce(p.type.variationgroup, false)
    and not coalesce(p.type.set, false)
    and not coalesce(p.type.retailset, false)
),

found as (
  select * from booked
  union all by name
  select * from shown
)

select
  record_id,
  price_list,
  product_id as variant_id,
  sku_key(product_id) as sku_key,
  min_quantity,
  amount,
  currency,
  valid_from,
  valid_to,
  is_active,
  updated_at,
  deleted_at,
  seen_at,
  file,
  line
from found
