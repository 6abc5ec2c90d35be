-- A line. Salesforce holds one quantity; the SKU stands on the line, or else on its product.
with
skus as (
  select
    id,
    min(role_sku) as sku
  from mapped.products
  where role_sku is not null
  group by id
)

select
  m.id as record_id,
  id18(m.role_order_id) as order_id,
  try_cast(try_quantity(m.role_line_no) as bigint) as line_no,
  m.external_ids,
  coalesce(m.role_sku, p.sku) as sku,
  sku_key(coalesce(m.role_sku, p.sku)) as sku_key,
  id18(m.role_product_id) as product_id,
  id18(m.role_product_id) as variant_id,
  m.role_title as title,
  try_quantity(m.role_quantity) as quantity,
  try_quantity(m.role_quantity) as current_quantity,
  try_money(m.role_unit_price) as unit_price,
  abs(try_money(m.role_discount)) as discount,
  try_money(m.role_tax) as tax,
  try_money(m.role_total) as total,
  upper(m.role_currency) as currency,
  m.created_at,
  m.updated_at,
  case when m.is_deleted then coalesce(m.modstamp, m.updated_at, m.seen_at) end as deleted_at,
  m.seen_at,
  m.file,
  m.line
from mapped.order_lines as m
left join skus as p on id18(m.role_product_id) = p.id
