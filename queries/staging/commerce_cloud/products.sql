-- What can be sold: items, variants and bundles. Masters, variation groups and sets are only ways to show them. The id is the SKU.
with
families as (
  select
    c.id as master_id,
    unnest(c.variants) as variant_id
  from raw.catalog_xml as c
),

masters as (
  select
    variant_id,
    min(master_id) as master_id
  from families
  group by variant_id
),

variation_groups as (
  select distinct unnest(c.groups) as id
  from raw.catalog_xml as c
),

listed as (
  select
    p.id,
    p.title,
    p.is_online,
    p.master_id,
    coalesce(p.ean, p.upc) as barcode,
    p.created_at,
    p.updated_at,
    cast(null as timestamp) as deleted_at,
    p.seen_at,
    p.file,
    p.line
  from raw.products as p
  where
    not coalesce(p.type.master, false)
    and not coalesce(p.type.variationgroup, false)
    and not coalesce(p.type.set, false)
    and not coalesce(p.type.retailset, false)
),

exported as (
  select
    c.id,
    c.title,
    c.is_online,
    masters.master_id,
    coalesce(c.ean, c.upc) as barcode,
    c.updated_at as created_at,
    c.updated_at,
    c.deleted_at,
    c.seen_at,
    c.file,
    c.line
  from raw.catalog_xml as c
  left join masters on c.id = masters.variant_id
  where
    not c.is_master
    and not c.is_set
    and c.id not in (select g.id from variation_groups as g)
),

found as (
  select * from listed
  union all by name
  select * from exported
)

select
  id as record_id,
  coalesce(master_id, id) as product_id,
  id as sku,
  sku_key(id) as sku_key,
  barcode,
  blank(title) as title,
  case when is_online then 'active' when not is_online then 'draft' end as status,
  case when is_online then 'online' when not is_online then 'offline' end as raw_status,
  created_at,
  updated_at,
  deleted_at,
  seen_at,
  file,
  line
from found
