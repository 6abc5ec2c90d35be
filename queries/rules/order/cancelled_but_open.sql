/* +++
title    = "An order cancelled on one side is cancelled on the other"
question = "Which orders are cancelled in one system and alive in the other?"
severity = "critical"
entity   = "orders"
since    = "0.1"
needs    = ["shop.orders", "salesforce.orders", "salesforce.orders.status"]
why      = "A cancelled order that is open elsewhere is shipped, invoiced and counted; an open one that is cancelled elsewhere is never delivered."
remedy   = "Stop fulfilment of the listed orders first. Then cancel them where they are still open, or find out who cancelled them only in Salesforce."
false_alarms = "Orders that Salesforce cancels and makes anew under another record."
fix      = "review"
recheck  = true
checked  = """
select count(*)
from order_pairs as p
where p.shop_status is not null and p.salesforce_status is not null
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
    (p.shop_status = 'cancelled') <> (p.salesforce_status = 'cancelled')
    and coalesce(p.shop_updated_at, timestamp '1970-01-01') < $as_of - to_minutes(cast($grace_minutes as bigint))
)

select
  d.shop_system as system,
  d.shop_id as record_id,
  d.salesforce_id,
  d.label,
  'Order ' || d.label || ' is ' || d.shop_status || ' ' || in_system(d.shop_system) || ' and ' || d.salesforce_status || ' in Salesforce.' as message,
  [diff_field('status', d.shop_status, d.salesforce_status)] as diff,
  o.total as amount,
  o.currency,
  coalesce(o.cancelled_at, sf.cancelled_at, sf.updated_at) as occurred_at,
  o.fulfillment_status,
  o.raw_status as shop_status,
  sf.raw_status as salesforce_status,
  sf.last_synced_at
from drifted as d
inner join orders as o on d.shop_system = o.system and d.shop_id = o.record_id
inner join orders as sf on d.salesforce_system = sf.system and d.salesforce_id = sf.record_id
