-- The price that is asked now is list "default" in the shop's currency; while it is a sale price, the regular one is the former price.
-- Products that only hold variations show the lowest price of these, which is nobody's price. Every saving of a product is dated; a sale that is
-- planned begins and ends without one.
with
priced as (
  select
    id,
    sku,
    price,
    regular_price,
    on_sale,
    sale_from,
    sale_to,
    status,
    updated_at,
    seen_at,
    file,
    line
  from raw.products
  where type not in ('variable', 'variable-subscription', 'grouped')
  union all
  select
    v.id,
    case when sku_key(v.sku) <> coalesce(sku_key(p.sku), '') then v.sku end as sku,
    v.price,
    v.regular_price,
    v.on_sale,
    v.sale_from,
    v.sale_to,
    case when p.status = 'trash' then 'trash' else v.status end as status,
    v.updated_at,
    v.seen_at,
    v.file,
    v.line
  from raw.variations as v
  left join raw.products as p on v.product_id = p.id
)

select
  id as record_id,
  'default' as price_list,
  id as variant_id,
  sku_key(sku) as sku_key,
  1 as min_quantity,
  price as amount,
  case when on_sale then regular_price end as compare_at,
  (
    select s.currency from systems as s
    where s.system = getvariable('system')
  ) as currency,
  case when on_sale then sale_from end as valid_from,
  case when on_sale then sale_to end as valid_to,
  case
    when updated_at is not null
      then greatest(updated_at, case when sale_from <= seen_at then sale_from end, case when sale_to <= seen_at then sale_to end)
  end as held_since,
  status <> 'trash' as is_active,
  updated_at,
  seen_at,
  file,
  line
from priced
where price is not null
