-- A line of a shipment; it comes once for every fulfilment order that the shipment serves.
with
numbered as (
  select
    *,
    row_number() over (partition by id order by file, line) as nth
  from raw.fulfillments
  where starts_with(id, 'gid://shopify/FulfillmentLineItem/')
)

select
  gid_tail(id) as record_id,
  gid_tail(parent_id) as fulfillment_id,
  gid_tail(line_gid) as line_id,
  quantity,
  seen_at,
  file,
  line
from numbered
where nth = 1
