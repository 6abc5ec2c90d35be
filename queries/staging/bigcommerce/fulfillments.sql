-- A shipment. BigCommerce knows no other state of it than that it was made.
select
  id as record_id,
  order_id,
  'success' as status,
  blank(tracking_number) as tracking_number,
  carrier,
  updated_at as shipped_at,
  updated_at as created_at,
  updated_at,
  seen_at,
  file,
  line
from raw.shipments
