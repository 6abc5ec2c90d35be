-- The shop's own price of a variant is list "default" in the shop's currency; price lists come beside it. A variant is dated by every change of
-- it; the prices of a list have no date at all.
with
own as (
  select
    gid_tail(v.id) as record_id,
    'default' as price_list,
    v.id as variant_gid,
    v.sku,
    v.price as amount,
    v.compare_at,
    (
      select s.currency from systems as s
      where s.system = getvariable('system')
    ) as currency,
    coalesce(p.status, '') <> 'ARCHIVED' as is_active,
    false as is_negotiated,
    v.updated_at as held_since,
    v.updated_at,
    v.seen_at,
    v.file,
    v.line
  from raw.products as v
  left join raw.products as p on v.parent_id = p.id
  where v.parent_id is not null and v.price is not null
),

listed as (
  select
    gid_tail(e.parent_id) || '/' || gid_tail(e.variant_gid) as record_id,
    l.name as price_list,
    e.variant_gid,
    e.sku,
    e.amount,
    e.compare_at,
    coalesce(e.price_currency, l.currency) as currency,
    coalesce(l.catalog_status = 'ACTIVE', true) as is_active,
    l.catalog_type = 'CompanyLocationCatalog' as is_negotiated,
    cast(null as timestamp) as held_since,
    cast(null as timestamp) as updated_at,
    e.seen_at,
    e.file,
    e.line
  from raw.price_lists as e
  left join raw.price_lists as l on e.parent_id = l.id
  where e.parent_id is not null
),

entries as (
  select * from own
  union all
  select * from listed
)

select
  record_id,
  price_list,
  gid_tail(variant_gid) as variant_id,
  sku_key(sku) as sku_key,
  1 as min_quantity,
  amount,
  compare_at,
  currency,
  is_negotiated,
  held_since,
  is_active,
  updated_at,
  seen_at,
  file,
  line
from entries
