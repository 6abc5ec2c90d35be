-- A line. Salesforce holds one quantity; the SKU stands on the line, or else on its product.
-- With Order Management a line stays as it was placed: its summary tells the units that are still ordered, and what was added later lies in a change
-- order, although it belongs to the order that was changed.
with
skus as (
  select
    id,
    min(role_sku) as sku
  from mapped.products
  where role_sku is not null
  group by id
),

changes as (
  select
    id,
    related_order_id
  from mapped.orders
  where related_order_id is not null
)

select
  m.id as record_id,
  case when not m.is_reduction then coalesce(c.related_order_id, id18(m.role_order_id)) else id18(m.role_order_id) end as order_id,
  try_cast(try_quantity(m.role_line_no) as bigint) as line_no,
  m.external_ids,
  coalesce(m.role_sku, p.sku) as sku,
  sku_key(coalesce(m.role_sku, p.sku)) as sku_key,
  id18(m.role_product_id) as product_id,
  id18(m.role_product_id) as variant_id,
  m.role_title as title,
  coalesce(n.quantity, try_quantity(m.role_quantity)) as quantity,
  coalesce(n.quantity, try_quantity(m.role_quantity)) as current_quantity,
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
left join changes as c on id18(m.role_order_id) = c.id
left join mapped.line_summaries as n on m.id = n.line_id
