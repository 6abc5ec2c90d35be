/* +++
what   = "Writes the parts of the total as the shop has them: where one part is wrong, another often holds what it lacks."
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
  and w.role in ('subtotal', 'discount', 'shipping', 'tax', 'duties', 'tip', 'gift_card', 'rounding', 'total')
