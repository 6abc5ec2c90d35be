-- A line. Where only one quantity is held, nothing of it counts as removed; the SKU stands on the line, or else on its product.
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
  m.role_order_id as order_id,
  cast(m.role_line_no as bigint) as line_no,
  external_ids_of(m.role_external_id) as external_ids,
  coalesce(m.role_sku, p.sku) as sku,
  sku_key(coalesce(m.role_sku, p.sku)) as sku_key,
  m.role_product_id as product_id,
  coalesce(m.role_variant_id, m.role_product_id) as variant_id,
  m.role_title as title,
  cast(m.role_quantity as decimal(18, 4)) as quantity,
  cast(coalesce(m.role_current_quantity, m.role_quantity) as decimal(18, 4)) as current_quantity,
  cast(m.role_fulfilled_quantity as decimal(18, 4)) as fulfilled_quantity,
  cast(coalesce(m.role_refunded_quantity, case when m.role_current_quantity is null then '0' end) as decimal(18, 4)) as refunded_quantity,
  money(m.role_unit_price) as unit_price,
  abs(money(m.role_discount)) as discount,
  money(m.role_tax) as tax,
  money(m.role_total) as total,
  upper(coalesce(m.role_currency, (
    select s.currency from systems as s
    where s.system = getvariable('system')
  ))) as currency,
  try_flag(m.role_tax_included) as tax_included,
  try_flag(m.role_is_gift_card) as is_gift_card,
  m.role_parent_line_id as parent_line_id,
  m.created_at,
  m.updated_at,
  coalesce(utc(m.role_deleted_at), case when m.is_deleted then coalesce(m.updated_at, m.seen_at) end) as deleted_at,
  m.seen_at,
  m.file,
  m.line
from mapped.order_lines as m
left join skus as p on coalesce(m.role_variant_id, m.role_product_id) = p.id
