-- Products that a person may mean by a SKU, a barcode, or an id of either side.
select
  p.system,
  p.record_id
from products as p
where
  p.sku_key = sku_key($wanted)
  or p.barcode = trim($wanted)
  or p.record_id = $wanted
order by
  p.system,
  p.record_id
limit 20
