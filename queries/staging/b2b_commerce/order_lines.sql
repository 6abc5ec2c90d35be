-- A line of goods: quantities of its summary, amounts as placed. Delivery charges and fees stand in the order. An order without a summary has its
-- lines as they were placed.
with
skus as (
  select
    id18(id) as product_id,
    blank(stockkeepingunit) as sku,
    blank(name) as name
  from raw.products
),

originals as (
  select
    id18(o.id) as order_id,
    o.currencyisocode,
    o.isdeleted,
    o.systemmodstamp
  from raw.orders as o
  where o.relatedorderid is null and o.originalorderid is null and not coalesce(try_flag(o.isreductionorder), false)
),

summaries as (
  select
    id18(s.id) as summary_id,
    o.order_id,
    o.currencyisocode,
    row_number() over (
      partition by o.order_id order by coalesce(try_flag(s.isdeleted), false), s.createddate, id18(s.id)
    ) as nth
  from raw.order_summaries as s
  inner join originals as o on id18(s.originalorderid) = o.order_id
),

summed as (
  select
    coalesce(id18(n.originalorderitemid), id18(n.id)) as record_id,
    s.order_id,
    coalesce(n.linenumber, i.linenumber) as line_no,
    blank(n.stockkeepingunit) as own_sku,
    id18(n.product2id) as product_id,
    blank(n.name) as name,
    try_quantity(n.quantityordered) as quantity,
    try_quantity(n.quantity) as current_quantity,
    try_quantity(n.quantityfulfilled) as fulfilled_quantity,
    try_quantity(n.quantityreturned) as refunded_quantity,
    try_money(coalesce(i.unitprice, n.unitprice)) as unit_price,
    try_money(coalesce(i.totaladjustmentamount, n.totaladjustmentamount)) as adjustment,
    try_money(coalesce(i.totaltaxamount, n.totaltaxamount)) as tax,
    try_money(coalesce(i.totalprice, n.totalprice)) as total,
    coalesce(n.currencyisocode, s.currencyisocode) as currency,
    json_object('order_item_summary_id', id18(n.id), 'status', n.status) as extra,
    n.createddate,
    n.systemmodstamp,
    n.isdeleted,
    n.seen_at,
    n.file,
    n.line
  from raw.order_item_summaries as n
  inner join summaries as s on id18(n.ordersummaryid) = s.summary_id and s.nth = 1
  left join raw.order_items as i on id18(n.originalorderitemid) = id18(i.id)
  where coalesce(lower(n.typecode), 'product') <> 'charge'
),

plain as (
  select
    id18(i.id) as record_id,
    o.order_id,
    coalesce(i.linenumber, i.orderitemnumber) as line_no,
    cast(null as varchar) as own_sku,
    id18(i.product2id) as product_id,
    blank(i.description) as name,
    try_quantity(i.quantity) as quantity,
    try_quantity(i.quantity) as current_quantity,
    cast(null as decimal(18, 4)) as fulfilled_quantity,
    cast(null as decimal(18, 4)) as refunded_quantity,
    try_money(i.unitprice) as unit_price,
    try_money(i.totaladjustmentamount) as adjustment,
    try_money(i.totaltaxamount) as tax,
    try_money(i.totalprice) as total,
    coalesce(i.currencyisocode, o.currencyisocode) as currency,
    cast(null as json) as extra,
    i.createddate,
    i.systemmodstamp,
    i.isdeleted,
    i.seen_at,
    i.file,
    i.line
  from raw.order_items as i
  inner join originals as o on id18(i.orderid) = o.order_id
  anti join summaries as s on o.order_id = s.order_id
  where coalesce(lower(i.typecode), 'product') <> 'charge'
),

together as (
  select * from summed
  union all
  select * from plain
)

select
  t.record_id,
  t.order_id,
  try_cast(t.line_no as bigint) as line_no,
  coalesce(t.own_sku, k.sku) as sku,
  sku_key(coalesce(t.own_sku, k.sku)) as sku_key,
  t.product_id,
  t.product_id as variant_id,
  coalesce(t.name, k.name) as title,
  t.quantity,
  t.current_quantity,
  t.fulfilled_quantity,
  t.refunded_quantity,
  t.unit_price,
  -t.adjustment as discount,
  t.tax,
  t.total,
  upper(coalesce(t.currency, (
    select s.currency from systems as s
    where s.system = getvariable('system')
  ))) as currency,
  false as tax_included,
  try_utc(t.createddate) as created_at,
  try_utc(t.systemmodstamp) as updated_at,
  case when try_flag(t.isdeleted) then coalesce(try_utc(t.systemmodstamp), t.seen_at) end as deleted_at,
  t.extra,
  t.seen_at,
  t.file,
  t.line
from together as t
left join skus as k on t.product_id = k.product_id
