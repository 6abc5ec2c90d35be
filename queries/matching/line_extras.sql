/* +++
after = ["order_pairs", "line_links"]
+++ */
-- Lines of primary Salesforce orders that are nobody's: no line of the shop's order belongs to them alone.
-- What has the id of a line that is there already, or its SKU or product with its quantity and total, is that line once more; charges and
-- free texts often share one product.
-- A bundle of which the shop tells the parts may stand in Salesforce as one line that is worth them all. Only where one line and one bundle
-- fit each other and nothing else is it taken for that.
with
loose as (
  select
    p.shop_system,
    p.shop_id as shop_order_id,
    p.salesforce_system,
    p.salesforce_id as salesforce_order_id,
    f.record_id,
    f.sku_key,
    f.product_id,
    f.quantity,
    f.total,
    coalesce(f.total, cast(f.unit_price * f.quantity as decimal(38, 6))) as value
  from order_lines as f
  inner join order_pairs as p on f.system = p.salesforce_system and f.order_id = p.salesforce_id
  anti join line_links as k on f.system = k.salesforce_system and f.record_id = k.salesforce_id and k.is_primary
  where f.deleted_at is null
),

by_id as (
  select
    x.salesforce_system,
    x.record_id,
    min(k.shop_id) as shop_line_id
  from loose as x
  inner join line_links as k on x.salesforce_system = k.salesforce_system and x.record_id = k.salesforce_id and x.shop_system = k.shop_system
  where not k.is_primary
  group by
    x.salesforce_system,
    x.record_id
),

by_goods as (
  select
    x.salesforce_system,
    x.record_id,
    min(k.shop_id) as shop_line_id
  from loose as x
  inner join order_lines as f on x.salesforce_system = f.system and x.salesforce_order_id = f.order_id
  inner join line_links as k on f.system = k.salesforce_system and f.record_id = k.salesforce_id and x.shop_system = k.shop_system and k.is_primary
  where
    f.deleted_at is null
    and x.quantity = f.quantity
    and (x.sku_key = f.sku_key or x.product_id = f.product_id)
    and (x.total = f.total or x.total is null or f.total is null)
  group by
    x.salesforce_system,
    x.record_id
),

-- Bundles of which Salesforce has no part.
bundles as (
  select
    n.system,
    n.order_id,
    n.parent_line_id,
    sum(n.total) as total,
    sum(n.total + coalesce(n.tax, 0)) as with_tax,
    sum(n.total + coalesce(n.discount, 0)) as before_discount
  from order_lines as n
  semi join loose as x on n.system = x.shop_system and n.order_id = x.shop_order_id
  left join line_links as k on n.system = k.shop_system and n.record_id = k.shop_id and k.is_primary
  where n.parent_line_id is not null and n.deleted_at is null
  group by
    n.system,
    n.order_id,
    n.parent_line_id
  having count(k.shop_id) = 0 and count(*) = count(n.total) and count(*) > 1 and sum(n.total) > 0
),

fitting as (
  select
    x.salesforce_system,
    x.record_id,
    b.parent_line_id,
    count(*) over (partition by x.salesforce_system, x.record_id) as bundles,
    count(*) over (partition by x.salesforce_system, b.system, b.order_id, b.parent_line_id) as lines
  from loose as x
  inner join bundles as b on x.shop_system = b.system and x.shop_order_id = b.order_id and x.value in (b.total, b.with_tax, b.before_discount)
)

select
  x.shop_system,
  x.shop_order_id,
  x.salesforce_system,
  x.salesforce_order_id,
  x.record_id as salesforce_id,
  coalesce(i.shop_line_id, g.shop_line_id) as shop_line_id,
  case when coalesce(i.shop_line_id, g.shop_line_id) is null then b.parent_line_id end as bundle_id
from loose as x
left join by_id as i on x.salesforce_system = i.salesforce_system and x.record_id = i.record_id
left join by_goods as g on x.salesforce_system = g.salesforce_system and x.record_id = g.record_id
left join fitting as b on x.salesforce_system = b.salesforce_system and x.record_id = b.record_id and b.bundles = 1 and b.lines = 1
