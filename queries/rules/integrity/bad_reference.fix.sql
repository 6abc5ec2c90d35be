/* +++
what   = "Hangs the order on the record of who placed it; the account of an activated order and the product of a line are fixed."
safety = "review"
+++ */
select
  f.finding_id,
  'orders' as entity,
  f.salesforce_id,
  w.system,
  w.record_id,
  w.role,
  w.value,
  cast(null as varchar) as reason
from findings as f
inner join order_links as l on f.salesforce_id = l.salesforce_id and l.is_primary
inner join wanted as w on l.shop_system = w.system and l.shop_id = w.record_id and w.entity = 'orders'
where f.entity = 'orders' and w.role in ('customer_id', 'email')
union all
select
  f.finding_id,
  'order_lines' as entity,
  f.salesforce_id,
  f.system,
  f.record_id,
  'product_id' as role,
  cast(null as varchar) as value,
  'The product of a line is fixed: take the product back from the recycle bin.' as reason
from findings as f
where f.entity <> 'orders'
