/* +++
title    = "Shipments hold as many units in Salesforce as in the shop"
question = "Which shipments have another number of units in Salesforce than in the shop?"
severity = "high"
entity   = "fulfillments"
since    = "0.1"
needs    = ["shop.orders", "shop.fulfillments", "salesforce.orders", "salesforce.fulfillments", "shop.fulfillment_lines|shop.fulfillments.quantity", "salesforce.fulfillments.quantity|salesforce.fulfillment_lines.quantity"]
why      = "A partial shipment looks whole, or a whole one partial: what is still owed to the buyer is wrong, and so is what gets invoiced."
remedy   = "Correct the units in Salesforce, and look whether the integration copies the order's units, or counts lines, instead of reading the parcel."
false_alarms = "An integration that counts sets as one unit where the shop counts their parts."
fix      = "review"
optional = true
checked  = """
select count(*)
from fulfillment_pairs as p
where p.shop_quantity is not null and p.salesforce_quantity is not null and p.shop_status = 'success'
  and coalesce(p.shop_updated_at, timestamp '1970-01-01') < $as_of - to_minutes(cast($grace_minutes as bigint))
"""

[params.grace_minutes]
default = 15
unit    = "minutes"
help    = "Shop records changed later than this may still be on their way."
+++ */
-- Parcels that share a tracking number are counted together, and told once.
with drifted as (
  select
    p.*,
    case
      when p.is_shared
        then
          row_number() over (
            partition by p.shop_system, p.shop_order_id, p.salesforce_system, p.is_shared, upper(regexp_replace(p.shop_tracking, '[^0-9A-Za-z]', '', 'g'))
            order by p.shipped_at, p.shop_id
          )
      else 1
    end as nth
  from fulfillment_pairs as p
  where
    p.shop_quantity <> p.salesforce_quantity
    and p.shop_status = 'success'
    and coalesce(p.shop_updated_at, timestamp '1970-01-01') < $as_of - to_minutes(cast($grace_minutes as bigint))
)

select
  d.shop_system as system,
  d.shop_id as record_id,
  d.salesforce_id,
  coalesce(d.number, d.shop_order_id) as label,
  case
    when d.is_shared
      then
        'What left for order ' || coalesce(d.number, d.shop_order_id) || ' under the tracking number ' || d.shop_tracking || ' is '
        || number_text(d.shop_quantity)
    else
      'A parcel of order ' || coalesce(d.number, d.shop_order_id) || coalesce(' (' || d.shop_tracking || ')', '') || ' holds ' || number_text(d.shop_quantity)
  end
  || case d.shop_quantity when 1 then ' unit ' else ' units ' end || in_system(d.shop_system) || ' and ' || number_text(d.salesforce_quantity)
  || ' in Salesforce.' as message,
  [diff_field('quantity', number_text(d.shop_quantity), number_text(d.salesforce_quantity))] as diff,
  d.shipped_at as occurred_at,
  case d.method when 'position' then 'likely' else 'certain' end as confidence,
  d.shop_order_id as order_id,
  d.method
from drifted as d
where d.nth = 1
