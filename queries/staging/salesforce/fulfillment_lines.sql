-- A line of a shipment as the integration wrote it.
select
  id as record_id,
  id18(role_fulfillment_id) as fulfillment_id,
  id18(role_line_id) as line_id,
  try_quantity(role_quantity) as quantity,
  seen_at,
  file,
  line
from mapped.fulfillment_lines
where not is_deleted
