-- Error fields of records, and records that are faults about others. A fault happened when it was recorded where no field says when;
-- an error field does not tell by itself.
select
  id as record_id,
  object,
  case
    when contains(lower(role_target_type), 'order') then 'orders'
    when regexp_matches(lower(role_target_type), 'customer|contact|account|person|buyer') then 'customers'
    when regexp_matches(lower(role_target_type), 'product|variant|item|sku') then 'products'
    when role_target_type is not null then null
    when left(coalesce(id18(role_target_id), id), 3) in ('801', '006') then 'orders'
    when left(coalesce(id18(role_target_id), id), 3) in ('001', '003') then 'customers'
    when left(coalesce(id18(role_target_id), id), 3) = '01t' then 'products'
  end as entity,
  role_store as store,
  role_target_id as target_id,
  without_cards(role_message) as message,
  role_is_resolved as raw_status,
  try_flag(role_is_resolved) as is_resolved,
  coalesce(try_utc(role_occurred_at), case when role_target_id is not null then created_at end) as occurred_at,
  created_at,
  updated_at,
  case when is_deleted then coalesce(modstamp, updated_at, seen_at) end as deleted_at,
  created_by,
  seen_at,
  file,
  line
from mapped.write_errors
