-- A B2B company.
select
  gid_tail(id) as record_id,
  name,
  case when blank(external_id) is not null then map(['external_id'], [blank(external_id)]) end as external_ids,
  created_at,
  updated_at,
  seen_at,
  file,
  line
from raw.companies
where parent_id is null
