-- Customers of exported lists. A customer may lie in several files; the order of files says which version is newer.
select
  coalesce("@list-id", '') || '/' || coalesce("@customer-no", credentials.login) as id,
  cast(null as varchar) as parent_id,
  cast(null as timestamp) as updated_at,
  coalesce("@customer-no", credentials.login) as customer_no,
  "@list-id" as list_id,
  case when "@mode" = 'delete' then utc("@exported") end as deleted_at,
  try_flag(credentials."enabled-flag") as is_enabled,
  profile."first-name" as first_name,
  profile."last-name" as last_name,
  profile."company-name" as company,
  profile.email as email,
  coalesce(blank(profile."phone-mobile"), blank(profile."phone-home"), blank(profile."phone-business")) as phone,
  utc(blank(profile."creation-date")) as created_at,
  addresses.address as addresses,
  filename
from read_json(
  $files,
  format = 'newline_delimited',
  filename = true,
  columns = {
    '@customer-no': 'varchar',
    '@list-id': 'varchar',
    '@mode': 'varchar',
    '@exported': 'varchar',
    'credentials': 'struct(login varchar, "enabled-flag" varchar)',
    'profile': 'struct(
      "first-name" varchar,
      "last-name" varchar,
      "company-name" varchar,
      email varchar,
      "phone-home" varchar,
      "phone-business" varchar,
      "phone-mobile" varchar,
      "creation-date" varchar
    )',
    'addresses': 'struct(address struct(
      "@address-id" varchar,
      "@preferred" varchar,
      "company-name" varchar,
      address1 varchar,
      address2 varchar,
      city varchar,
      "postal-code" varchar,
      "state-code" varchar,
      "country-code" varchar,
      phone varchar
    )[])'
  }
)
