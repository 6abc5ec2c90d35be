-- A line as ordered, each thing once, where its money lies.
-- configurable: two lines; the one above carries money and quantities, the one below only says which variant it was.
-- bundle: money lies on the parts where their sum is that of the bundle (or the bundle has none), else on the bundle.
with
setting as (
  select coalesce(max(amounts), 'base') = 'order' as by_order
  from raw.store
),

items as (
  select
    o.id as order_id,
    o.seen_at,
    o.file,
    o.line,
    case when s.by_order then o.order_currency_code else o.base_currency_code end as currency,
    s.by_order,
    unnest(o.items) as i
  from raw.orders as o
  cross join setting as s
),

amounts as (
  select
    items.* exclude (by_order),
    case when items.by_order then i.price else i.base_price end as price,
    case when items.by_order then i.row_total else i.base_row_total end as row_total,
    coalesce(case when items.by_order then i.discount_amount else i.base_discount_amount end, 0)
    - coalesce(case when items.by_order then i.discount_tax_compensation_amount else i.base_discount_tax_compensation_amount end, 0)
      as discount,
    coalesce(case when items.by_order then i.tax_amount else i.base_tax_amount end, 0) as tax
  from items
),

below as (
  select
    i.parent_item_id as item_id,
    sum(row_total) as row_total,
    min(i.product_id) as product_id,
    min(i.sku) as sku,
    count(*) as children
  from amounts
  where i.parent_item_id is not null
  group by i.parent_item_id
),

marked as (
  select
    a.*,
    b.children,
    b.product_id as child_product_id,
    b.sku as child_sku,
    a.i.product_type = 'bundle'
    and coalesce(b.row_total, 0) <> 0
    and (coalesce(a.row_total, 0) = 0 or abs(b.row_total - a.row_total) <= minor_unit(a.currency) * b.children) as is_sum_of_parts
  from amounts as a
  left join below as b on a.i.item_id = b.item_id
),

chosen as (
  select m.*
  from marked as m
  left join marked as above on m.i.parent_item_id = above.i.item_id
  where
    -- a line below one that is not in the order any more stands for itself
    (above.i.item_id is null and m.is_sum_of_parts is not true)
    or above.is_sum_of_parts
)

select
  cast(c.i.item_id as varchar) as record_id,
  c.order_id,
  row_number() over (partition by c.order_id order by c.i.item_id) as line_no,
  blank(case when c.i.product_type = 'configurable' then coalesce(c.child_sku, c.i.sku) else c.i.sku end) as sku,
  sku_key(case when c.i.product_type = 'configurable' then coalesce(c.child_sku, c.i.sku) else c.i.sku end) as sku_key,
  cast(c.i.product_id as varchar) as product_id,
  cast(case when c.i.product_type = 'configurable' then coalesce(c.child_product_id, c.i.product_id) else c.i.product_id end as varchar)
    as variant_id,
  c.i.name as title,
  c.i.qty_ordered as quantity,
  c.i.qty_ordered - coalesce(c.i.qty_canceled, 0) - coalesce(c.i.qty_refunded, 0) as current_quantity,
  coalesce(c.i.qty_shipped, 0) as fulfilled_quantity,
  coalesce(c.i.qty_refunded, 0) as refunded_quantity,
  c.price as unit_price,
  c.discount,
  c.tax,
  c.row_total - c.discount as total,
  c.currency,
  false as tax_included,
  c.i.product_type = 'giftcard' as is_gift_card,
  cast(c.i.parent_item_id as varchar) as parent_line_id,
  utc(c.i.created_at) as created_at,
  utc(c.i.updated_at) as updated_at,
  c.seen_at,
  c.file,
  c.line
from chosen as c
