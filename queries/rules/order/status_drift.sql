/* +++
title    = "Order statuses agree between shop and Salesforce"
question = "Which orders have another status in Salesforce than in the shop?"
severity = "high"
entity   = "orders"
since    = "0.1"
needs    = ["shop.orders", "salesforce.orders", "salesforce.orders.status"]
why      = "Customer service tells buyers what Salesforce shows; automation in Salesforce starts from the status."
remedy   = "Find out why the last change of status did not arrive, and send it again. Where the words differ on purpose, map them in recon.toml."
false_alarms = "A status value of Salesforce that recon.toml maps to the wrong canonical value."
fix      = "review"
recheck  = true
checked  = """
select count(*)
from order_pairs as p
where p.shop_status is not null and p.salesforce_status in ('open', 'completed', 'expired', 'cancelled')
  and coalesce(p.shop_updated_at, timestamp '1970-01-01') < $as_of - to_minutes(cast($grace_minutes as bigint))
"""

[params.grace_minutes]
default = 15
unit    = "minutes"
help    = "Shop records changed later than this may still be on their way."
+++ */
with drifted as (
  select
    p.shop_system,
    p.shop_id,
    p.salesforce_system,
    p.salesforce_id,
    p.shop_status,
    p.salesforce_status,
    coalesce(p.number, p.shop_id) as label
  from order_pairs as p
  where
    p.shop_status <> p.salesforce_status
    and p.shop_status <> 'cancelled'
    and p.salesforce_status in ('open', 'completed', 'expired')
    and coalesce(p.shop_updated_at, timestamp '1970-01-01') < $as_of - to_minutes(cast($grace_minutes as bigint))
)

select
  d.shop_system as system,
  d.shop_id as record_id,
  d.salesforce_id,
  d.label,
  'Order ' || d.label || ' is ' || d.shop_status || ' ' || in_system(d.shop_system) || ' and ' || d.salesforce_status || ' in Salesforce.' as message,
  [diff_field('status', d.shop_status, d.salesforce_status)] as diff,
  coalesce(o.closed_at, o.updated_at) as occurred_at,
  o.raw_status as shop_status,
  sf.raw_status as salesforce_status,
  sf.last_synced_at
from drifted as d
inner join orders as o on d.shop_system = o.system and d.shop_id = o.record_id
inner join orders as sf on d.salesforce_system = sf.system and d.salesforce_id = sf.record_id
