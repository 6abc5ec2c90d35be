-- Rows that were read as deleted; the recycle bin keeps them for some time.
with
deleted as (
  select
    id,
    'orders' as entity,
    systemmodstamp,
    isdeleted,
    seen_at,
    file,
    line
  from raw.orders
  union all
  select
    id,
    'customers' as entity,
    systemmodstamp,
    isdeleted,
    seen_at,
    file,
    line
  from raw.contacts
  union all
  select
    id,
    'customers' as entity,
    systemmodstamp,
    isdeleted,
    seen_at,
    file,
    line
  from raw.accounts
  union all
  select
    id,
    'products' as entity,
    systemmodstamp,
    isdeleted,
    seen_at,
    file,
    line
  from raw.products
  union all
  select
    id,
    'prices' as entity,
    systemmodstamp,
    isdeleted,
    seen_at,
    file,
    line
  from raw.pricebook_entries
)

select
  id18(id) as record_id,
  entity,
  coalesce(try_utc(systemmodstamp), seen_at) as deleted_at,
  'queryall' as method,
  seen_at,
  file,
  line
from deleted
where try_flag(isdeleted)
