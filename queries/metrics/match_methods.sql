/* +++
title = "By which method the compared pairs were found"
+++ */
select
  'orders' as entity,
  l.shop_system,
  l.method,
  count(*) as pairs
from order_pairs as l
group by
  l.shop_system,
  l.method
union all
select
  'order_lines' as entity,
  l.shop_system,
  l.method,
  count(*) as pairs
from line_links as l
where l.is_primary
group by
  l.shop_system,
  l.method
union all
select
  'customers' as entity,
  l.shop_system,
  l.method,
  count(*) as pairs
from customer_links as l
inner join customers as c on l.shop_system = c.system and l.shop_id = c.record_id
where l.is_primary and c.deleted_at is null and c.is_guest is not true and coalesce(c.state, '') not in ('redacted', 'merged')
group by
  l.shop_system,
  l.method
union all
select
  'products' as entity,
  l.shop_system,
  l.method,
  count(*) as pairs
from product_links as l
inner join products as p on l.shop_system = p.system and l.shop_id = p.record_id
where l.is_primary and p.deleted_at is null
group by
  l.shop_system,
  l.method
union all
select
  'locations' as entity,
  l.shop_system,
  l.method,
  count(*) as pairs
from location_links as l
inner join locations as k on l.shop_system = k.system and l.shop_id = k.record_id
where l.is_primary and k.deleted_at is null
group by
  l.shop_system,
  l.method
union all
select
  'companies' as entity,
  l.shop_system,
  l.method,
  count(*) as pairs
from company_links as l
where l.is_primary
group by
  l.shop_system,
  l.method
union all
select
  'subscriptions' as entity,
  l.shop_system,
  l.method,
  count(*) as pairs
from subscription_links as l
where l.is_primary
group by
  l.shop_system,
  l.method
union all
select
  'refunds' as entity,
  l.shop_system,
  l.method,
  count(*) as pairs
from refund_pairs as l
where l.salesforce_id is not null
group by
  l.shop_system,
  l.method
union all
select
  'returns' as entity,
  l.shop_system,
  l.method,
  count(*) as pairs
from return_pairs as l
where l.salesforce_id is not null
group by
  l.shop_system,
  l.method
union all
select
  'fulfillments' as entity,
  l.shop_system,
  l.method,
  count(*) as pairs
from fulfillment_pairs as l
where l.salesforce_id is not null
group by
  l.shop_system,
  l.method
order by all
