/* +++
entity = "orders"
noun   = "orders"

[words]
system           = "from {}"
store            = "of store {}"
channel          = "from channel {}"
currency         = "in {}"
gateway          = "paid by {}"
country          = "sent to {}"
created_by       = "created by {}"
foreign_currency = "paid in another currency than the shop's"
guest            = "placed by guests"
created_at       = "placed"
updated_at       = "last changed"
+++ */
select
  o.system,
  o.record_id,
  o.store,
  o.channel,
  o.currency,
  o.gateway,
  o.country,
  o.created_by,
  case when o.presentment_currency <> o.currency then 'yes' end as foreign_currency,
  case when o.is_guest then 'yes' end as guest,
  o.created_at,
  o.updated_at
from orders as o
