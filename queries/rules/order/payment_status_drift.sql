/* +++
title    = "Payment statuses agree between shop and Salesforce"
question = "Which orders are paid, unpaid or refunded in the shop and something else in Salesforce?"
severity = "high"
entity   = "orders"
since    = "0.2"
needs    = ["shop.orders", "salesforce.orders", "salesforce.orders.payment_status"]
why      = "Goods are released, reminders are sent and refunds are promised by the payment status that Salesforce shows."
remedy   = "Find out why the last change of the payment did not arrive, and send it again. Where the words differ on purpose, map them in recon.toml."
false_alarms = "A payment status of Salesforce that recon.toml maps to the wrong canonical value; a second system that books payments in Salesforce before the shop knows."
fix      = "review"
recheck  = true
optional = true
checked  = """
select count(*)
from order_pairs as p
where p.shop_payment_status is not null
  and p.salesforce_payment_status in (
    'pending', 'authorized', 'partially_paid', 'paid', 'partially_refunded', 'refunded', 'voided', 'expired'
  )
  and coalesce(p.shop_updated_at, timestamp '1970-01-01') < $as_of - to_minutes(cast($grace_minutes as bigint))
"""

[params.grace_minutes]
default = 15
unit    = "minutes"
help    = "Shop records changed later than this may still be on their way."
+++ */
-- No difference: words for money that never came of a cancelled order; an authorisation that the shop does not tell of; money given back
-- where the shop does not know of any such thing, since another system does it.
with drifted as (
  select
    p.shop_system,
    p.shop_id,
    p.salesforce_system,
    p.salesforce_id,
    p.shop_payment_status,
    p.salesforce_payment_status,
    coalesce(p.number, p.shop_id) as label
  from order_pairs as p
  where
    p.shop_payment_status <> p.salesforce_payment_status
    and p.salesforce_payment_status in (
      'pending', 'authorized', 'partially_paid', 'paid', 'partially_refunded', 'refunded', 'voided', 'expired'
    )
    and not (
      p.shop_status is not distinct from 'cancelled'
      and p.shop_payment_status in ('pending', 'authorized', 'voided', 'expired')
      and p.salesforce_payment_status in ('pending', 'authorized', 'voided', 'expired')
    )
    and not (p.shop_payment_status = 'pending' and p.salesforce_payment_status = 'authorized')
    and not (
      p.shop_refunded is null
      and p.shop_payment_status in ('paid', 'partially_paid')
      and p.salesforce_payment_status in ('partially_refunded', 'refunded')
    )
    and coalesce(p.shop_updated_at, timestamp '1970-01-01') < $as_of - to_minutes(cast($grace_minutes as bigint))
)

select
  d.shop_system as system,
  d.shop_id as record_id,
  d.salesforce_id,
  d.label,
  'Order ' || d.label || ' is ' || replace(d.shop_payment_status, '_', ' ') || ' ' || in_system(d.shop_system) || ' and '
  || replace(d.salesforce_payment_status, '_', ' ') || ' in Salesforce.' as message,
  [diff_field('payment_status', d.shop_payment_status, d.salesforce_payment_status)] as diff,
  o.total as amount,
  o.currency,
  o.updated_at as occurred_at,
  o.gateway,
  o.raw_payment_status as shop_payment_status,
  sf.raw_payment_status as salesforce_payment_status,
  sf.last_synced_at
from drifted as d
inner join orders as o on d.shop_system = o.system and d.shop_id = o.record_id
inner join orders as sf on d.salesforce_system = sf.system and d.salesforce_id = sf.record_id
