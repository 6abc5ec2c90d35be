-- Users of the site, buyers or not: role tells.
select
  cast(id as varchar) as id,
  cast(null as varchar) as parent_id,
  utc(date_modified_gmt) as updated_at,
  utc(date_created_gmt) as created_at,
  email,
  first_name,
  last_name,
  role,
  billing,
  is_paying_customer,
  filename
from read_json(
  $files,
  format = 'newline_delimited',
  filename = true,
  columns = {
    'id': 'bigint',
    'date_created_gmt': 'varchar',
    'date_modified_gmt': 'varchar',
    'email': 'varchar',
    'first_name': 'varchar',
    'last_name': 'varchar',
    'role': 'varchar',
    'is_paying_customer': 'boolean',
    'billing': 'struct(
      first_name varchar,
      last_name varchar,
      company varchar,
      address_1 varchar,
      address_2 varchar,
      city varchar,
      state varchar,
      postcode varchar,
      country varchar,
      email varchar,
      phone varchar
    )'
  }
)
