-- Customers with their addresses. Times are UTC without a mark.
select
  cast(id as varchar) as id,
  cast(null as varchar) as parent_id,
  utc(updated_at) as updated_at,
  utc(created_at) as created_at,
  email,
  firstname as first_name,
  lastname as last_name,
  group_id,
  website_id,
  store_id,
  confirmation,
  default_billing,
  default_shipping,
  addresses,
  extension_attributes.is_subscribed as is_subscribed,
  extension_attributes.company_attributes.company_id as company_id,
  filename
from read_json(
  $files,
  format = 'newline_delimited',
  filename = true,
  columns = {
    'id': 'bigint',
    'updated_at': 'varchar',
    'created_at': 'varchar',
    'email': 'varchar',
    'firstname': 'varchar',
    'lastname': 'varchar',
    'group_id': 'bigint',
    'website_id': 'bigint',
    'store_id': 'bigint',
    'confirmation': 'varchar',
    'default_billing': 'varchar',
    'default_shipping': 'varchar',
    'addresses': 'struct(
      id bigint,
      company varchar,
      street varchar[],
      city varchar,
      region struct(region_code varchar, region varchar),
      postcode varchar,
      country_id varchar,
      telephone varchar,
      default_billing boolean,
      default_shipping boolean
    )[]',
    'extension_attributes': 'struct(is_subscribed boolean, company_attributes struct(company_id bigint))'
  }
)
