/* +++
entity = "inventory_levels"
noun   = "stock levels"

[words]
system     = "from {}"
store      = "of store {}"
location   = "at {}"
type       = "of products of type {}"
updated_at = "last changed"
+++ */
select
  i.system,
  i.record_id,
  i.store,
  coalesce(l.name, l.code, i.location_id) as location,
  p.product_type as type,
  i.updated_at
from inventory_levels as i
left join locations as l on i.system = l.system and i.location_id = l.record_id
left join products as p on i.system = p.system and i.variant_id = p.record_id
