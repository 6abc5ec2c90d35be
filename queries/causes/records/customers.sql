/* +++
entity = "customers"
noun   = "customers"

[words]
system     = "from {}"
store      = "of store {}"
object     = "kept as {}"
country    = "from {}"
guest      = "guests"
company    = "buyers of companies"
created_at = "created"
updated_at = "last changed"
+++ */
select
  c.system,
  c.record_id,
  c.store,
  c.object,
  c.country,
  case when c.is_guest then 'yes' end as guest,
  case when c.company is not null then 'yes' end as company,
  c.created_at,
  c.updated_at
from customers as c
