-- The catalogue's price of a variant is list "default" in the store's currency; a variant without one inherits the product's.
-- Price lists come beside it, with their steps of quantity; where a list has no price of its own, the catalogue's holds.
-- Product and record are dated by every change. What is on sale is asked for another price, and nobody tells since when.
with
variants as (
  select
    p.* exclude (variants),
    unnest(p.variants) as v
  from raw.products as p
),

own as (
  select
    v.id as record_id,
    'default' as price_list,
    v.id as variant_id,
    v.sku as sku,
    cast(1 as decimal(18, 4)) as min_quantity,
    coalesce(v.price, price) as amount,
    coalesce(nullif(v.retail_price, 0), nullif(retail_price, 0)) as compare_at,
    coalesce(
      (
        select s.currency from systems as s
        where s.system = getvariable('system')
      ),
      (select max(store.currency) from raw.store as store)
    ) as currency,
    case when coalesce(nullif(v.sale_price, 0), nullif(sale_price, 0)) is null then updated_at end as held_since,
    true as is_active,
    updated_at,
    seen_at,
    file,
    line
  from variants
),

listed as (
  select
    r.id as record_id,
    l.name as price_list,
    r.variant_id,
    r.sku,
    cast(1 as decimal(18, 4)) as min_quantity,
    r.price as amount,
    nullif(r.retail_price, 0) as compare_at,
    r.currency,
    case when nullif(r.sale_price, 0) is null then r.updated_at end as held_since,
    coalesce(l.active, true) as is_active,
    r.updated_at,
    r.seen_at,
    r.file,
    r.line,
    r.bulk_pricing_tiers as tiers
  from raw.price_records as r
  left join raw.price_lists as l on r.price_list_id = l.id
),

unfolded as (
  select
    * exclude (tiers),
    unnest(tiers) as tier
  from listed
),

stepped as (
  select
    record_id || '/' || number_text(tier.quantity_min) as record_id,
    price_list,
    variant_id,
    sku,
    tier.quantity_min as min_quantity,
    case tier.type
      when 'price' then tier.amount
      when 'fixed' then amount - tier.amount
      when 'percent' then cast(amount * (100 - cast(tier.amount as decimal(12, 6))) / 100 as decimal(38, 6))
    end as amount,
    compare_at,
    currency,
    held_since,
    is_active,
    updated_at,
    seen_at,
    file,
    line
  from unfolded
  where tier.quantity_min > 1
),

entries as (
  select * from own
  union all by name
  select * exclude (tiers) from listed
  union all by name
  select * from stepped
)

select
  record_id,
  price_list,
  variant_id,
  sku_key(sku) as sku_key,
  min_quantity,
  amount,
  compare_at,
  currency,
  held_since,
  is_active,
  updated_at,
  seen_at,
  file,
  line
from entries
where amount is not null
