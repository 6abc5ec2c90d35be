/* +++
entity = "products"
noun   = "products"

[words]
system     = "from {}"
type       = "of type {}"
status     = "whose status is {}"
gift_card  = "gift cards"
untracked  = "products whose stock is not tracked"
created_at = "created"
updated_at = "last changed"
+++ */
select
  p.system,
  p.record_id,
  p.product_type as type,
  p.status,
  case when p.is_gift_card then 'yes' end as gift_card,
  case when p.is_tracked is false then 'yes' end as untracked,
  p.created_at,
  p.updated_at
from products as p
