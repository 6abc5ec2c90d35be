/* +++
after = ["order_pairs", "line_links"]
+++ */
-- Lines of primary Salesforce orders that are nobody's: no line of the shop's order belongs to them alone.
-- What has the id of a line that is there already, or its SKU or product with its quantity and total, is that line once more; charges and
-- free texts often share one product.
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
    f.total
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
)

select
  x.shop_system,
  x.shop_order_id,
  x.salesforce_system,
  x.salesforce_order_id,
  x.record_id as salesforce_id,
  coalesce(i.shop_line_id, g.shop_line_id) as shop_line_id
from loose as x
left join by_id as i on x.salesforce_system = i.salesforce_system and x.record_id = i.record_id
left join by_goods as g on x.salesforce_system = g.salesforce_system and x.record_id = g.record_id
