/* +++
entity = "orders"
noun   = "orders"

[words]
written_by = "written into Salesforce by user {}"
written_at = "written into Salesforce"
+++ */
-- What only the Salesforce order of a pair knows.
select
  p.shop_system as system,
  p.shop_id as record_id,
  o.created_by as written_by,
  p.salesforce_created_at as written_at
from order_pairs as p
inner join orders as o on p.salesforce_system = o.system and p.salesforce_id = o.record_id
