-- A return (RMA).
select
  id as record_id,
  cast(order_id as varchar) as order_id,
  case
    when status = 'pending' then 'requested'
    when status in ('closed', 'processed_closed') then 'closed'
    when status in ('denied', 'rejected') then 'declined'
    else 'open'
  end as status,
  status as raw_status,
  list_sum(list_transform(items, lambda i: i.qty_requested)) as total_quantity,
  updated_at as created_at,
  seen_at,
  file,
  line
from raw.returns
