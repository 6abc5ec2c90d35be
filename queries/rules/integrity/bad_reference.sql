/* +++
title    = "References in Salesforce lead to records that are there"
question = "Which orders and lines in Salesforce name a customer or a product that was deleted?"
severity = "medium"
entity   = "orders"
since    = "0.1"
needs    = [
  "salesforce.orders",
  "salesforce.orders.customer_id|salesforce.order_lines.product_id",
  "salesforce.customers|salesforce.products",
]
why      = "The order has no buyer and the line no product on any page or report, and a flow that follows the reference fails."
remedy   = "Set the reference to the record that took the place of the deleted one; where it was deleted by mistake, take it back from the recycle bin."
false_alarms = "Records that are about to be taken back from the recycle bin."
fix      = "review"
checked  = """
select
  (select count(*) from orders as o inner join systems as s on o.system = s.system and s.side = 'salesforce'
   where o.deleted_at is null and o.customer_id is not null)
  + (select count(*) from order_lines as n inner join systems as s on n.system = s.system and s.side = 'salesforce'
     where n.deleted_at is null and n.product_id is not null)
"""
+++ */
-- Only what is known to be deleted is told: a record that was not read may lie in another object, or be hidden from the user of recon.
with gone_customers as (
  select
    c.system,
    c.record_id,
    c.deleted_at,
    coalesce(c.email, c.name_key, c.record_id) as subject
  from customers as c
  inner join systems as s on c.system = s.system and s.side = 'salesforce'
  where c.deleted_at is not null
),

gone_products as (
  select
    p.system,
    p.record_id,
    p.deleted_at,
    coalesce(p.title, p.sku, p.record_id) as subject
  from products as p
  inner join systems as s on p.system = s.system and s.side = 'salesforce'
  where p.deleted_at is not null
),

of_orders as (
  select
    'orders' as entity,
    'customer_id' as field,
    'customer' as kind,
    o.system,
    o.record_id,
    'Order ' || coalesce(o.number, o.record_id) as subject,
    coalesce(o.number, o.record_id) as label,
    o.customer_id as target,
    g.deleted_at,
    o.total as amount,
    o.currency
  from orders as o
  inner join gone_customers as g on o.system = g.system and o.customer_id = g.record_id
  where o.deleted_at is null
),

of_lines as (
  select
    'order_lines' as entity,
    'product_id' as field,
    'product' as kind,
    n.system,
    n.record_id,
    'Line ' || coalesce(n.sku, n.title, n.record_id) || ' of order ' || coalesce(o.number, n.order_id) as subject,
    coalesce(o.number, n.order_id) || coalesce(' ' || n.sku, '') as label,
    n.product_id as target,
    g.deleted_at,
    n.total as amount,
    coalesce(n.currency, o.currency) as currency
  from order_lines as n
  inner join gone_products as g on n.system = g.system and n.product_id = g.record_id
  inner join orders as o on n.system = o.system and n.order_id = o.record_id
  where n.deleted_at is null and o.deleted_at is null
),

found as (
  select
    o.entity,
    o.field,
    o.kind,
    o.system,
    o.record_id,
    o.subject,
    o.label,
    o.target,
    o.deleted_at,
    o.amount,
    o.currency
  from of_orders as o
  union all
  select
    n.entity,
    n.field,
    n.kind,
    n.system,
    n.record_id,
    n.subject,
    n.label,
    n.target,
    n.deleted_at,
    n.amount,
    n.currency
  from of_lines as n
)

select
  f.system,
  cast(null as varchar) as record_id,
  f.record_id as salesforce_id,
  f.entity,
  f.field as discriminator,
  f.label,
  f.subject || ' names a ' || f.kind || ' that was deleted in Salesforce.' as message,
  f.amount,
  f.currency,
  f.deleted_at as occurred_at,
  [related_record(f.system, f.target)] as related,
  f.field,
  f.target
from found as f
