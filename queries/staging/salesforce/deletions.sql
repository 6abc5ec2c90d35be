-- Rows that were read as deleted; the recycle bin keeps them for some time.
with
deleted as (
  select
    id,
    'orders' as entity,
    modstamp,
    updated_at,
    seen_at,
    file,
    line
  from mapped.orders
  where is_deleted
  union all
  select
    id,
    'order_lines' as entity,
    modstamp,
    updated_at,
    seen_at,
    file,
    line
  from mapped.order_lines
  where is_deleted
  union all
  select
    id,
    'customers' as entity,
    modstamp,
    updated_at,
    seen_at,
    file,
    line
  from mapped.customers
  where is_deleted
  union all
  select
    id,
    'products' as entity,
    modstamp,
    updated_at,
    seen_at,
    file,
    line
  from mapped.products
  where is_deleted
  union all
  select
    id,
    'prices' as entity,
    modstamp,
    updated_at,
    seen_at,
    file,
    line
  from mapped.prices
  where is_deleted
  union all
  select
    id,
    'refunds' as entity,
    modstamp,
    updated_at,
    seen_at,
    file,
    line
  from mapped.refunds
  where is_deleted
)

select
  id as record_id,
  entity,
  coalesce(modstamp, updated_at, seen_at) as deleted_at,
  'queryall' as method,
  seen_at,
  file,
  line
from deleted
