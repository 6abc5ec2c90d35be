-- Products of exported catalogues. A value without language or site is the default one.
select
  "@product-id" as id,
  cast(null as varchar) as parent_id,
  cast(null as timestamp) as updated_at,
  case when "@mode" = 'delete' then utc("@exported") end as deleted_at,
  coalesce(
    list_filter("display-name", lambda t: coalesce(t."@xml:lang", 'x-default') = 'x-default')[1]."#text", "display-name"[1]."#text"
  ) as title,
  try_flag(list_filter("online-flag", lambda f: f."@site-id" is null)[1]."#text") as is_online,
  blank(ean) as ean,
  blank(upc) as upc,
  list_transform(flatten(list_transform(variations.variants, lambda v: v.variant)), lambda v: v."@product-id") as variants,
  list_transform(variations."variation-groups"."variation-group", lambda g: g."@product-id") as groups,
  variations is not null as is_master,
  "product-set-products" is not null or "retail-set-products" is not null as is_set,
  filename
from read_json(
  $files,
  format = 'newline_delimited',
  filename = true,
  columns = {
    '@product-id': 'varchar',
    '@mode': 'varchar',
    '@exported': 'varchar',
    'display-name': 'struct("@xml:lang" varchar, "#text" varchar)[]',
    'online-flag': 'struct("@site-id" varchar, "#text" varchar)[]',
    'ean': 'varchar',
    'upc': 'varchar',
    'variations': 'struct(
      variants struct(variant struct("@product-id" varchar)[])[],
      "variation-groups" struct("variation-group" struct("@product-id" varchar)[])
    )',
    'product-set-products': 'json',
    'retail-set-products': 'json'
  }
)
