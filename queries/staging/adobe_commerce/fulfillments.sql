-- A shipment; the shop never cancels one.
select
  id as record_id,
  cast(order_id as varchar) as order_id,
  'success' as status,
  blank(tracks[1].track_number) as tracking_number,
  blank(coalesce(tracks[1].title, tracks[1].carrier_code)) as carrier,
  source_code as location_id,
  created_at as shipped_at,
  created_at,
  updated_at,
  json_object('number', increment_id, 'packages', len(tracks)) as extra,
  seen_at,
  file,
  line
from raw.shipments
