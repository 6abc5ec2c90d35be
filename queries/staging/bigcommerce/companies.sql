-- A company of B2B Edition.
select
  id as record_id,
  name,
  external_ids_of(blank(uuid)) as external_ids,
  case status
    when '0' then 'pending'
    when '1' then 'approved'
    when '2' then 'rejected'
    when '3' then 'inactive'
    else lower(status)
  end as status,
  created_at,
  updated_at,
  seen_at,
  file,
  line
from raw.companies
