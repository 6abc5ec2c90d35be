-- What the event log says was deleted; Shopify keeps events for one year.
select
  gid_tail(subject_gid) as record_id,
  case subject_type
    when 'ORDER' then 'orders'
    when 'CUSTOMER' then 'customers'
    when 'PRODUCT_VARIANT' then 'products'
    when 'COMPANY' then 'companies'
    else lower(subject_type)
  end as entity,
  updated_at as deleted_at,
  'event' as method,
  seen_at,
  file,
  line
from raw.deletions
where subject_gid is not null
