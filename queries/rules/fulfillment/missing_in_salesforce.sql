/* +++
title    = "Every parcel that left is in Salesforce"
question = "Which shipments of linked orders are not in Salesforce?"
severity = "high"
entity   = "fulfillments"
since    = "0.1"
needs    = ["shop.orders", "shop.fulfillments", "salesforce.orders", "salesforce.fulfillments", "salesforce.fulfillments.external_ids?"]
why      = "Service tells buyers that nothing was sent yet, and whatever starts with the shipment, from the notice to the invoice, does not start."
remedy   = "Send the listed shipments again. Look whether only the first parcel of an order ever arrives: then the integration takes a split order for shipped with its first part."
false_alarms = "Shipments that are kept out of Salesforce on purpose, such as what a till hands over or what is sent by e-mail. Where Salesforce holds others of the order without ids and tracking numbers, which is missing is only likely; those that may be it are named."
fix      = "review"
recheck  = true
optional = true
aliases  = ["fulfillment.missing"]
checked  = """
select count(*)
from fulfillment_pairs as p
where p.shop_status = 'success'
  and coalesce(p.shop_updated_at, timestamp '1970-01-01') < $as_of - to_minutes(cast($grace_minutes as bigint))
"""

[params.grace_minutes]
default = 15
unit    = "minutes"
help    = "Shop records changed later than this may still be on their way."
+++ */
with lost as (
  select
    p.shop_system,
    p.shop_id,
    p.shop_order_id,
    p.number,
    p.salesforce_system,
    p.salesforce_order_id,
    p.shop_tracking,
    p.shop_quantity,
    p.shipped_at
  from fulfillment_pairs as p
  where
    p.salesforce_id is null
    and p.shop_status = 'success'
    and coalesce(p.shop_updated_at, timestamp '1970-01-01') < $as_of - to_minutes(cast($grace_minutes as bigint))
),

orders_short as (
  select distinct
    x.salesforce_system,
    x.salesforce_order_id
  from lost as x
),

-- What was taken for another parcel of the order by its place alone may be this one.
perhaps as (
  select
    p.salesforce_system,
    p.salesforce_order_id,
    list(related_record(p.salesforce_system, p.salesforce_id) order by p.salesforce_id) as related
  from fulfillment_pairs as p
  inner join orders_short as x on p.salesforce_system = x.salesforce_system and p.salesforce_order_id = x.salesforce_order_id
  where p.method = 'position'
  group by
    p.salesforce_system,
    p.salesforce_order_id
)

select
  x.shop_system as system,
  x.shop_id as record_id,
  cast(null as varchar) as salesforce_id,
  coalesce(x.number, x.shop_order_id) as label,
  'A parcel of order ' || coalesce(x.number, x.shop_order_id) || coalesce(' (' || x.shop_tracking || ')', '') || ' left on '
  || coalesce(strftime(x.shipped_at, '%Y-%m-%d'), 'an unknown day') || ' and is not in Salesforce' || case
    when h.related is null then '.'
    else '; what Salesforce holds of the order has neither ids nor its tracking number, so that it may be another of its parcels.'
  end as message,
  x.shipped_at as occurred_at,
  case when h.related is null then 'certain' else 'likely' end as confidence,
  h.related,
  x.shop_order_id as order_id,
  x.salesforce_order_id,
  x.shop_tracking as tracking_number,
  number_text(x.shop_quantity) as quantity
from lost as x
left join perhaps as h on x.salesforce_system = h.salesforce_system and x.salesforce_order_id = h.salesforce_order_id
