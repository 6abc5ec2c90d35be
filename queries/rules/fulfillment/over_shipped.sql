/* +++
title    = "Nothing is shipped more often than it was ordered"
question = "Of which order lines were more units shipped than the buyer ordered?"
severity = "high"
entity   = "order_lines"
since    = "0.1"
needs    = ["shop.orders", "shop.order_lines", "shop.fulfillments", "shop.fulfillment_lines"]
why      = "Goods that nobody paid for have left the house, and the stock that the shop counts is wrong by as many."
remedy   = "Ask the warehouse whether the parcel was really sent twice or only booked twice; get the goods back or charge them, and correct the stock."
false_alarms = "A replacement for lost goods that was booked as a second shipment of the same line."
fix      = "none"
recheck  = true
checked  = """
select count(*)
from (
  select distinct
    n.system,
    n.line_id
  from fulfillment_lines as n
  inner join systems as s on n.system = s.system and s.side = 'shop'
) as c
"""
+++ */
-- Cancelled and failed shipments never left; a shipment that the system itself calls a replacement is meant to repeat goods.
with shipped as (
  select
    n.system,
    n.line_id,
    sum(n.quantity) as quantity,
    count(distinct n.fulfillment_id) as shipments,
    max(coalesce(f.shipped_at, f.created_at, f.updated_at)) as shipped_at
  from fulfillment_lines as n
  inner join systems as s on n.system = s.system and s.side = 'shop'
  inner join fulfillments as f on n.system = f.system and n.fulfillment_id = f.record_id
  where
    f.deleted_at is null
    and f.status = 'success'
    and not coalesce(json_extract_string(f.extra, '$.is_reship') = 'true', false)
  group by
    n.system,
    n.line_id
),

too_many as (
  select
    l.system,
    l.record_id,
    l.order_id,
    l.sku,
    l.title,
    l.unit_price,
    l.currency,
    h.quantity as shipped,
    h.shipments,
    h.shipped_at,
    greatest(l.quantity, coalesce(l.current_quantity, 0) + coalesce(l.refunded_quantity, 0)) as ordered
  from shipped as h
  inner join order_lines as l on h.system = l.system and h.line_id = l.record_id
  where h.quantity > l.quantity
)

select
  t.system,
  t.record_id,
  cast(null as varchar) as salesforce_id,
  coalesce(o.number, t.order_id) || coalesce(' ' || t.sku, '') as label,
  'Order ' || coalesce(o.number, t.order_id) || ' had ' || number_text(t.shipped) || ' × ' || coalesce(t.sku, t.title, t.record_id)
  || ' shipped, but only ' || number_text(t.ordered) || ' ordered.' as message,
  -- A price per unit may be finer than money is.
  case minor_digits(coalesce(t.currency, o.currency))
    when 0 then cast(round(cast((t.shipped - t.ordered) * t.unit_price as decimal(38, 6)), 0) as decimal(38, 6))
    when 2 then cast(round(cast((t.shipped - t.ordered) * t.unit_price as decimal(38, 6)), 2) as decimal(38, 6))
    else cast((t.shipped - t.ordered) * t.unit_price as decimal(38, 6))
  end as amount,
  coalesce(t.currency, o.currency) as currency,
  t.shipped_at as occurred_at,
  t.order_id,
  t.shipments
from too_many as t
inner join orders as o on t.system = o.system and t.order_id = o.record_id
where t.shipped > t.ordered and o.is_test is not true
