-- History objects: who changed which field of which record.
select
  record_id,
  object,
  parent_id,
  field,
  old_value,
  new_value,
  changed_by,
  changed_at,
  seen_at,
  file,
  line
from mapped.field_changes
