-- A line of a return. Where its direction is not said, the goods come back.
select
  id as record_id,
  role_return_id as return_id,
  role_line_id as line_id,
  abs(cast(role_quantity as decimal(18, 4))) as quantity,
  coalesce(lower(role_direction), 'in') as direction,
  seen_at,
  file,
  line
from mapped.return_lines
where not is_deleted
