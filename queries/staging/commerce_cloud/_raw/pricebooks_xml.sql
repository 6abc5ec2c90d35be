-- Prices of exported price books, with what the book's header says. A line without product is the header itself.
select
  "@pricebook-id" || '/' || coalesce("@product-id", '') || '/' || coalesce("online-from", '') as id,
  cast(null as varchar) as parent_id,
  cast(null as timestamp) as updated_at,
  "@element" as element,
  "@pricebook-id" as price_book,
  "@product-id" as product_id,
  coalesce("@default", false) as is_default,
  "@mode" as mode,
  utc("@exported") as exported_at,
  currency,
  coalesce(try_flag("online-flag"), true) as is_online,
  utc(coalesce(blank("online-from"), blank("book-online-from"))) as valid_from,
  utc(coalesce(blank("online-to"), blank("book-online-to"))) as valid_to,
  amount as amounts,
  filename
from read_json(
  $files,
  format = 'newline_delimited',
  filename = true,
  columns = {
    '@element': 'varchar',
    '@pricebook-id': 'varchar',
    '@product-id': 'varchar',
    '@default': 'boolean',
    '@mode': 'varchar',
    '@exported': 'varchar',
    'currency': 'varchar',
    'online-flag': 'varchar',
    'online-from': 'varchar',
    'online-to': 'varchar',
    'book-online-from': 'varchar',
    'book-online-to': 'varchar',
    'amount': 'struct("@quantity" varchar, "#text" varchar)[]'
  }
)
