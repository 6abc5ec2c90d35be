-- Companies of B2B Edition. Times are Unix seconds.
select
  companyid as id,
  cast(null as varchar) as parent_id,
  make_timestamp(try_cast(updatedat as bigint) * 1000000) as updated_at,
  make_timestamp(try_cast(createdat as bigint) * 1000000) as created_at,
  companyname as name,
  companystatus as status,
  uuid,
  bcgroupid as group_id,
  bcgroupname as group_name,
  filename
from read_json(
  $files,
  format = 'newline_delimited',
  filename = true,
  columns = {
    'companyId': 'varchar',
    'updatedAt': 'varchar',
    'createdAt': 'varchar',
    'companyName': 'varchar',
    'companyStatus': 'varchar',
    'uuid': 'varchar',
    'bcGroupId': 'varchar',
    'bcGroupName': 'varchar'
  }
)
