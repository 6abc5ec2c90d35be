-- A line of a shipment or delivery note.
select
  id as record_id,
  role_fulfillment_id as fulfillment_id,
  role_line_id as line_id,
  cast(role_quantity as decimal(18, 4)) as quantity,
  seen_at,
  file,
  line
from mapped.fulfillment_lines
where not is_deleted
