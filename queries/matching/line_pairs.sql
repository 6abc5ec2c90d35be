/* +++
after = ["order_pairs", "line_links"]
+++ */
-- Joined once, so that each rule about lines is a scan and not three joins.
select
  p.shop_system,
  n.record_id as shop_id,
  p.shop_id as shop_order_id,
  p.salesforce_system,
  p.salesforce_id as salesforce_order_id,
  k.salesforce_id,
  coalesce(n.current_quantity, n.quantity) + coalesce(n.refunded_quantity, 0) as expected,
  f.quantity as held
from order_pairs as p
inner join order_lines as n on p.shop_system = n.system and p.shop_id = n.order_id
left join line_links as k
  on n.system = k.shop_system and n.record_id = k.shop_id and p.salesforce_system = k.salesforce_system and k.is_primary
left join order_lines as f on k.salesforce_system = f.system and k.salesforce_id = f.record_id
where n.deleted_at is null
