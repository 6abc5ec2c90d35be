-- History objects: who changed which field of which record.
select
  record_id,
  object,
  parent_id,
  field,
  entity,
  column_name,
  old_value,
  new_value,
  changed_by,
  writer,
  acts_for,
  changed_at,
  seen_at,
  file,
  line
from mapped.field_changes
