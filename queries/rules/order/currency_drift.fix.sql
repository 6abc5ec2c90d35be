/* +++
what   = "Writes the shop's currency and amounts; an activated order keeps its currency, so only drafts can be put right."
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
  and w.role in (
    'currency', 'presentment_currency', 'subtotal', 'discount', 'shipping', 'tax', 'duties', 'tip', 'gift_card', 'rounding', 'total', 'current_total'
  )
