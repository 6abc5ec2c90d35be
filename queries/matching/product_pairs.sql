/* +++
after = ["product_links", "compared"]
+++ */
-- Joined and normalised once, so that each rule about products is a scan of few columns.
with
paired as (
  select
    l.shop_system,
    l.shop_id,
    l.salesforce_system,
    l.salesforce_id,
    l.method,
    coalesce(p.sku, p.title, p.record_id) as label,
    p.status as shop_status,
    sf.status as salesforce_status,
    p.sku_key as shop_sku_key,
    sf.sku_key as salesforce_sku_key,
    barcode_key(p.barcode) as shop_barcode_key,
    barcode_key(sf.barcode) as salesforce_barcode_key,
    letters(p.title) as title_key,
    letters(coalesce(p.title, '') || coalesce(p.variant_title, '')) as full_key,
    letters(sf.title) as salesforce_key,
    length(sf.title) as salesforce_length,
    coalesce(p.updated_at, p.created_at) as shop_changed_at
  from product_links as l
  inner join compared as c on l.shop_system = c.system and c.entity = 'products'
  inner join products as p on l.shop_system = p.system and l.shop_id = p.record_id
  inner join products as sf on l.salesforce_system = sf.system and l.salesforce_id = sf.record_id
  where l.is_primary
)

select
  shop_system,
  shop_id,
  salesforce_system,
  salesforce_id,
  method,
  label,
  shop_status,
  salesforce_status,
  shop_sku_key,
  salesforce_sku_key,
  shop_barcode_key,
  salesforce_barcode_key,
  salesforce_key in (title_key, full_key)
  -- A field that is too short cuts the title; what is left is the same title.
  or (salesforce_length >= 25 and starts_with(full_key, salesforce_key)) as has_same_title,
  count(*) filter (where coalesce(shop_status, 'active') in ('active', 'unlisted')) over (partition by salesforce_system, salesforce_id)
  > case when coalesce(shop_status, 'active') in ('active', 'unlisted') then 1 else 0 end as is_elsewhere_active,
  shop_changed_at
from paired
