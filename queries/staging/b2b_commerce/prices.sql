-- Entries of the price books that stores and buyer groups use. The only price book of the stores is the shop's own list; others go by their names.
-- An org without stores has all its price books.
with
of_stores as (
  select distinct id18(pricebook2id) as book_id
  from raw.web_store_pricebooks
  where try_flag(isactive) and not coalesce(try_flag(isdeleted), false)
),

of_groups as (
  select distinct id18(pricebook2id) as book_id
  from raw.buyer_group_pricebooks
  where try_flag(isactive) and not coalesce(try_flag(isdeleted), false)
),

used as (
  select
    id18(b.id) as book_id,
    b.name,
    b.isactive,
    s.book_id is not null and (select count(*) from of_stores) = 1 as is_own,
    g.book_id is not null and s.book_id is null as is_negotiated
  from raw.pricebooks as b
  left join of_stores as s on id18(b.id) = s.book_id
  left join of_groups as g on id18(b.id) = g.book_id
  where
    s.book_id is not null
    or g.book_id is not null
    or (select count(*) from raw.web_stores) = 0
),

skus as (
  select
    id18(id) as product_id,
    stockkeepingunit as sku
  from raw.products
)

select
  id18(e.id) as record_id,
  case when u.is_own then 'default' else blank(u.name) end as price_list,
  id18(e.product2id) as variant_id,
  sku_key(k.sku) as sku_key,
  1 as min_quantity,
  try_money(e.unitprice) as amount,
  upper(coalesce(e.currencyisocode, (
    select s.currency from systems as s
    where s.system = getvariable('system')
  ))) as currency,
  u.is_negotiated,
  try_utc(e.lastmodifieddate) as held_since,
  coalesce(try_flag(e.isactive), true) and coalesce(try_flag(u.isactive), true) as is_active,
  try_utc(coalesce(e.lastmodifieddate, e.systemmodstamp)) as updated_at,
  case when try_flag(e.isdeleted) then coalesce(try_utc(e.systemmodstamp), e.seen_at) end as deleted_at,
  json_object('price_book', u.name, 'price_book_id', u.book_id) as extra,
  e.seen_at,
  e.file,
  e.line
from raw.pricebook_entries as e
inner join used as u on id18(e.pricebook2id) = u.book_id
left join skus as k on id18(e.product2id) = k.product_id
