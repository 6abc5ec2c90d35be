-- Who is on the newsletter list. A subscriber is no customer: only the e-mail address joins them.
select
  id,
  cast(null as varchar) as parent_id,
  utc(date_modified) as updated_at,
  email,
  channel_id,
  consents,
  filename
from read_json(
  $files,
  format = 'newline_delimited',
  filename = true,
  columns = {
    'id': 'varchar',
    'date_modified': 'varchar',
    'email': 'varchar',
    'channel_id': 'varchar',
    'consents': 'varchar[]'
  }
)
