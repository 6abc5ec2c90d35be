/* +++
entity = "prices"
noun   = "prices"

[words]
system     = "from {}"
store      = "of store {}"
price_list = "of the list {}"
currency   = "in {}"
type       = "of products of type {}"
tier       = "for larger quantities"
updated_at = "last changed"
+++ */
select
  x.system,
  x.record_id,
  x.store,
  x.price_list,
  x.currency,
  p.product_type as type,
  case when x.min_quantity > 1 then 'yes' end as tier,
  x.updated_at
from prices as x
left join products as p on x.system = p.system and x.variant_id = p.record_id
