/* +++
after = ["order_links", "compared"]
+++ */
-- Joined once, so that each rule about pairs is a scan and not two joins.
select
  l.shop_system,
  l.shop_id,
  l.salesforce_system,
  l.salesforce_id,
  l.method,
  l.certainty,
  o.number,
  o.status as shop_status,
  sf.status as salesforce_status,
  o.currency as shop_currency,
  sf.currency as salesforce_currency,
  o.total as shop_total,
  sf.total as salesforce_total,
  o.current_total as shop_current_total,
  sf.current_total as salesforce_current_total,
  o.presentment_currency,
  o.presentment_total,
  o.refunded as shop_refunded,
  o.is_edited,
  o.customer_id as shop_customer_id,
  sf.customer_id as salesforce_customer_id,
  o.placed_at,
  o.created_at as shop_created_at,
  sf.created_at as salesforce_created_at,
  o.updated_at as shop_updated_at
from order_links as l
inner join compared as c on l.shop_system = c.system and c.entity = 'orders'
inner join orders as o on l.shop_system = o.system and l.shop_id = o.record_id
inner join orders as sf on l.salesforce_system = sf.system and l.salesforce_id = sf.record_id
where l.is_primary and o.is_test is not true
