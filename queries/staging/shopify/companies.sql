-- A B2B company.
select
  gid_tail(id) as record_id,
  name,
  external_ids_of(blank(external_id)) as external_ids,
  created_at,
  updated_at,
  seen_at,
  file,
  line
from raw.companies
where parent_id is null
