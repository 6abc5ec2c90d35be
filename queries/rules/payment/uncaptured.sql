/* +++
title    = "Authorised money is captured before the authorisation lapses"
question = "Which orders were authorised and never captured, while the authorisation has lapsed or is about to?"
severity = "medium"
entity   = "orders"
since    = "0.2"
needs    = ["shop.orders", "shop.orders.authorized", "shop.payments.expires_at?"]
why      = "The buyer's bank keeps the money only for some days. Once the authorisation has lapsed, the goods may be gone and the money never comes."
remedy   = "Capture what is about to lapse today. Where it has lapsed, ask the buyer for another payment before anything is sent; then find out why nobody, or no job, captured it."
false_alarms = "Money that is captured outside the shop; authorisations that were given up there without the shop being told (Adobe Commerce does not show a void); payment providers that hold money longer than hold_days where the shop does not say until when."
fix      = "none"
recheck  = true
checked  = """
select count(*)
from orders as o
inner join systems as s on o.system = s.system and s.side = 'shop'
where o.authorized is not null and o.deleted_at is null and o.is_test is not true
"""

[params.hold_days]
default = 7
unit    = "days"
help    = "So long an authorisation holds where the shop does not say until when; seven days are usual for cards."

[params.warn_days]
default = 2
unit    = "days"
help    = "An authorisation that lapses within so many days is reported; 0 waits until it has."
+++ */
-- Only money that is still to be paid counts: what was captured in parts, paid in another way or edited out of the order is not authorised any
-- more (orders.authorized). A shop that does not know of any captured money does not learn of captures, and is not judged.
with terms as (
  select to_days(cast($hold_days as integer)) as usual_time
),

telling as (
  select distinct o.system
  from orders as o
  where o.payment_status in ('paid', 'partially_paid', 'partially_refunded', 'refunded')
),

held as (
  select
    o.system,
    o.record_id,
    coalesce(o.number, o.record_id) as label,
    o.authorized,
    o.currency,
    o.gateway,
    o.fulfillment_status,
    o.placed_at
  from orders as o
  inner join systems as s on o.system = s.system and s.side = 'shop'
  inner join telling as t on o.system = t.system
  where
    -- what a capture leaves below a hundredth of the order is rounding
    100 * o.authorized > greatest(100 * minor_unit(o.currency), coalesce(abs(o.total), 0))
    and o.deleted_at is null
    and o.is_test is not true
    and coalesce(o.status, 'open') not in ('cancelled', 'draft', 'expired')
    and coalesce(o.payment_status, 'authorized') not in ('paid', 'partially_refunded', 'refunded', 'voided')
),

given_up as (
  select
    p.system,
    p.order_id,
    p.parent_id
  from payments as p
  inner join held as h on p.system = h.system and p.order_id = h.record_id
  where p.kind = 'void' and p.status = 'success'
),

-- An authorisation may be renewed: the last one to lapse is the one that counts.
promises as (
  select
    p.system,
    p.order_id,
    coalesce(p.expires_at, p.processed_at + x.usual_time) as expires_at,
    p.expires_at is not null as is_said,
    row_number() over (
      partition by p.system, p.order_id
      order by coalesce(p.expires_at, p.processed_at + x.usual_time) desc, p.record_id
    ) as nth
  from payments as p
  inner join held as h on p.system = h.system and p.order_id = h.record_id
  cross join terms as x
  left join given_up as v on p.system = v.system and p.order_id = v.order_id and p.record_id = v.parent_id
  where
    p.kind = 'authorization'
    and coalesce(p.status, 'success') = 'success'
    and coalesce(p.expires_at, p.processed_at) is not null
    and v.order_id is null
),

lapsing as (
  select
    h.*,
    coalesce(p.expires_at, h.placed_at + x.usual_time) as expires_at,
    coalesce(p.is_said, false) as is_said
  from held as h
  cross join terms as x
  left join promises as p on h.system = p.system and h.record_id = p.order_id and p.nth = 1
)

select
  l.system,
  l.record_id,
  cast(null as varchar) as salesforce_id,
  l.label,
  'Of order ' || l.label || ' ' || money_text(l.authorized, l.currency) || coalesce(' ' || l.currency, '')
  || ' was authorised and never captured; '
  || case when l.is_said then '' else 'after the usual ' || $hold_days || ' days ' end
  || 'the authorisation '
  || case when l.expires_at <= $as_of then 'lapsed on ' else 'lapses on ' end
  || strftime(l.expires_at, '%Y-%m-%d') || '.' as message,
  l.authorized as amount,
  l.currency,
  l.expires_at as occurred_at,
  l.expires_at <= $as_of as has_lapsed,
  l.placed_at,
  l.gateway,
  l.fulfillment_status
from lapsing as l
where l.expires_at <= $as_of + to_days(cast($warn_days as integer))
