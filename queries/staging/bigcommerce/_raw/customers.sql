-- Customers with all their addresses.
select
  id,
  cast(null as varchar) as parent_id,
  utc(date_modified) as updated_at,
  utc(date_created) as created_at,
  email,
  first_name,
  last_name,
  company,
  phone,
  customer_group_id,
  origin_channel_id,
  channel_ids,
  list_sort(addresses, 'asc', 'nulls last') as addresses,
  filename
from read_json(
  $files,
  format = 'newline_delimited',
  filename = true,
  columns = {
    'id': 'varchar',
    'date_modified': 'varchar',
    'date_created': 'varchar',
    'email': 'varchar',
    'first_name': 'varchar',
    'last_name': 'varchar',
    'company': 'varchar',
    'phone': 'varchar',
    'customer_group_id': 'varchar',
    'origin_channel_id': 'varchar',
    'channel_ids': 'varchar[]',
    'addresses': 'struct(
      id bigint,
      company varchar,
      address1 varchar,
      address2 varchar,
      city varchar,
      state_or_province varchar,
      postal_code varchar,
      country varchar,
      country_code varchar,
      phone varchar
    )[]'
  }
)
