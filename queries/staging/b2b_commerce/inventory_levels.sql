-- Stock of a product at a location.
select
  id18(i.id) as record_id,
  id18(i.product2id) as variant_id,
  sku_key(p.stockkeepingunit) as sku_key,
  id18(i.locationid) as location_id,
  try_quantity(i.quantityonhand) as on_hand,
  true as is_active,
  try_utc(coalesce(i.lastmodifieddate, i.systemmodstamp)) as updated_at,
  case when try_flag(i.isdeleted) then coalesce(try_utc(i.systemmodstamp), i.seen_at) end as deleted_at,
  i.seen_at,
  i.file,
  i.line
from raw.product_items as i
left join raw.products as p on id18(i.product2id) = id18(p.id)
