/* +++
title = "By which method the compared pairs were found"
+++ */
with pairs as (
  select
    'orders' as entity,
    l.shop_system,
    l.method
  from order_pairs as l
  union all
  select
    'order_lines' as entity,
    l.shop_system,
    l.method
  from line_links as l
  where l.is_primary
  union all
  select
    'customers' as entity,
    l.shop_system,
    l.method
  from customer_links as l
  inner join customers as c on l.shop_system = c.system and l.shop_id = c.record_id
  where l.is_primary and c.deleted_at is null and c.is_guest is not true and coalesce(c.state, '') not in ('redacted', 'merged')
  union all
  select
    'products' as entity,
    l.shop_system,
    l.method
  from product_links as l
  inner join products as p on l.shop_system = p.system and l.shop_id = p.record_id
  where l.is_primary and p.deleted_at is null
  union all
  select
    'locations' as entity,
    l.shop_system,
    l.method
  from location_links as l
  inner join locations as k on l.shop_system = k.system and l.shop_id = k.record_id
  where l.is_primary and k.deleted_at is null
  union all
  select
    'companies' as entity,
    l.shop_system,
    l.method
  from company_links as l
  where l.is_primary
  union all
  select
    'subscriptions' as entity,
    l.shop_system,
    l.method
  from subscription_links as l
  where l.is_primary
  union all
  select
    'refunds' as entity,
    l.shop_system,
    l.method
  from refund_pairs as l
  where l.salesforce_id is not null
  union all
  select
    'returns' as entity,
    l.shop_system,
    l.method
  from return_pairs as l
  where l.salesforce_id is not null
  union all
  select
    'fulfillments' as entity,
    l.shop_system,
    l.method
  from fulfillment_pairs as l
  where l.salesforce_id is not null
)

select
  p.entity,
  p.shop_system,
  p.method,
  count(*) as pairs
from pairs as p
group by
  p.entity,
  p.shop_system,
  p.method
order by all
