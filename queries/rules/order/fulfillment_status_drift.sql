/* +++
title    = "Fulfilment statuses agree between shop and Salesforce"
question = "Which orders are shipped, partly shipped or waiting in the shop and something else in Salesforce?"
severity = "high"
entity   = "orders"
since    = "0.2"
needs    = ["shop.orders", "salesforce.orders", "salesforce.orders.fulfillment_status"]
why      = "Customer service answers where a parcel is by what Salesforce shows, and what is not shipped there may be shipped twice."
remedy   = "Find out why the last shipment did not arrive, and send it again. Where the words differ on purpose, map them in recon.toml."
false_alarms = "A fulfilment status of Salesforce that recon.toml maps to the wrong canonical value; shops that are told of parcels later than Salesforce by the warehouse."
fix      = "review"
recheck  = true
optional = true
checked  = """
select count(*)
from order_pairs as p
where p.shop_fulfillment_status is not null and p.shop_status is distinct from 'cancelled' and p.salesforce_status is distinct from 'cancelled'
  and p.salesforce_fulfillment_status in ('unfulfilled', 'partial', 'fulfilled', 'on_hold', 'restocked')
  and coalesce(p.shop_updated_at, timestamp '1970-01-01') < $as_of - to_minutes(cast($grace_minutes as bigint))
"""

[params.grace_minutes]
default = 15
unit    = "minutes"
help    = "Shop records changed later than this may still be on their way."
+++ */
-- What happened to the parcels of a cancelled order is told by nobody in the same way.
with drifted as (
  select
    p.shop_system,
    p.shop_id,
    p.salesforce_system,
    p.salesforce_id,
    p.shop_fulfillment_status,
    p.salesforce_fulfillment_status,
    coalesce(p.number, p.shop_id) as label
  from order_pairs as p
  where
    p.shop_fulfillment_status <> p.salesforce_fulfillment_status
    and p.salesforce_fulfillment_status in ('unfulfilled', 'partial', 'fulfilled', 'on_hold', 'restocked')
    and p.shop_status is distinct from 'cancelled'
    and p.salesforce_status is distinct from 'cancelled'
    and not (p.shop_fulfillment_status in ('unfulfilled', 'restocked') and p.salesforce_fulfillment_status in ('unfulfilled', 'restocked'))
    and coalesce(p.shop_updated_at, timestamp '1970-01-01') < $as_of - to_minutes(cast($grace_minutes as bigint))
)

select
  d.shop_system as system,
  d.shop_id as record_id,
  d.salesforce_id,
  d.label,
  'Order ' || d.label || ' is ' || replace(replace(d.shop_fulfillment_status, 'partial', 'partly fulfilled'), '_', ' ') || ' '
  || in_system(d.shop_system) || ' and ' || replace(replace(d.salesforce_fulfillment_status, 'partial', 'partly fulfilled'), '_', ' ')
  || ' in Salesforce.' as message,
  [diff_field('fulfillment_status', d.shop_fulfillment_status, d.salesforce_fulfillment_status)] as diff,
  o.updated_at as occurred_at,
  o.raw_fulfillment_status as shop_fulfillment_status,
  sf.raw_fulfillment_status as salesforce_fulfillment_status,
  sf.last_synced_at
from drifted as d
inner join orders as o on d.shop_system = o.system and d.shop_id = o.record_id
inner join orders as sf on d.salesforce_system = sf.system and d.salesforce_id = sf.record_id
