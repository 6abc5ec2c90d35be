/* +++
what   = "Cancels in Salesforce what the shop cancelled. What was cancelled in Salesforce alone is left to a person."
safety = "review"
+++ */
select
  f.finding_id,
  'orders' as entity,
  f.salesforce_id,
  f.system,
  f.record_id,
  w.role,
  w.value,
  case
    when o.status <> 'cancelled' then 'It is cancelled in Salesforce and alive in the shop: which of them is right is for a person to decide.'
  end as reason
from findings as f
inner join orders as o on f.system = o.system and f.record_id = o.record_id
inner join wanted as w on f.system = w.system and f.record_id = w.record_id and w.entity = 'orders'
where w.role in ('status', 'cancelled_at')
