-- Events that say that something was deleted.
select
  id,
  cast(null as varchar) as parent_id,
  utc(createdat) as updated_at,
  action,
  subjectid as subject_gid,
  subjecttype as subject_type,
  filename
from read_json(
  $files,
  format = 'newline_delimited',
  filename = true,
  maximum_object_size = 134217728,
  columns = {
    'id': 'varchar',
    'createdAt': 'varchar',
    'action': 'varchar',
    'subjectId': 'varchar',
    'subjectType': 'varchar'
  }
)
