/* +++
what   = "Writes the shop's total and the amounts that it is made of."
safety = "review"
+++ */
select
  f.finding_id,
  'orders' as entity,
  f.salesforce_id,
  f.system,
  f.record_id,
  w.role,
  w.value
from findings as f
inner join wanted as w on f.system = w.system and f.record_id = w.record_id and w.entity = 'orders'
where
  w.value is not null
  and w.role in ('subtotal', 'discount', 'shipping', 'tax', 'duties', 'tip', 'gift_card', 'rounding', 'total', 'current_total')
