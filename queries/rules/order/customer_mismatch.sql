/* +++
title    = "Every Salesforce order hangs on the customer who placed it"
question = "Which Salesforce orders belong to another customer than the shop order?"
severity = "high"
entity   = "orders"
since    = "0.1"
needs    = [
  "shop.orders",
  "shop.customers",
  "salesforce.orders",
  "salesforce.orders.customer_id",
  "salesforce.customers",
  "salesforce.customers.external_ids?",
  "salesforce.customers.email?",
]
why      = "Somebody sees another person's orders, service answers the wrong customer, and lifetime value is wrong for both."
remedy   = "Move the order to the customer that carries the shop's customer id. Look for a lookup by name or by a shared e-mail in the integration."
false_alarms = "Orders on a collecting account for guests, where the shop knows the buyer."
fix      = "review"
recheck  = true
checked  = """
select count(*)
from order_pairs as p
where p.shop_customer_id is not null and p.salesforce_customer_id is not null
  and exists (select 1 from customer_links as c where c.shop_system = p.shop_system and c.shop_id = p.shop_customer_id)
"""
+++ */
with strangers as (
  select
    p.shop_system,
    p.shop_id,
    p.salesforce_system,
    p.salesforce_id,
    p.number,
    p.shop_customer_id as customer_id,
    p.salesforce_customer_id as sf_customer_id,
    p.shop_total as total,
    p.shop_currency as currency,
    coalesce(p.placed_at, p.shop_created_at) as occurred_at
  from order_pairs as p
  where
    p.shop_customer_id is not null
    and p.salesforce_customer_id is not null
    and not exists (
      select 1
      from customer_links as c
      where
        c.shop_system = p.shop_system
        and c.shop_id = p.shop_customer_id
        and c.salesforce_system = p.salesforce_system
        and c.salesforce_id = p.salesforce_customer_id
    )
),

linked as (
  select
    c.shop_system,
    c.shop_id,
    c.salesforce_system,
    min(case when c.is_primary then c.salesforce_id end) as primary_id,
    min(c.salesforce_id) as first_id
  from customer_links as c
  group by
    c.shop_system,
    c.shop_id,
    c.salesforce_system
)

select
  x.shop_system as system,
  x.shop_id as record_id,
  x.salesforce_id,
  coalesce(x.number, x.shop_id) as label,
  'Order ' || coalesce(x.number, x.shop_id) || ' belongs to another customer in Salesforce than ' || in_system(x.shop_system) || '.' as message,
  [diff_field('customer_id', coalesce(k.primary_id, k.first_id), x.sf_customer_id)] as diff,
  x.total as amount,
  x.currency,
  x.occurred_at,
  [related_record(x.shop_system, x.customer_id), related_record(x.salesforce_system, x.sf_customer_id)] as related,
  sf.created_by
from strangers as x
inner join orders as sf on x.salesforce_system = sf.system and x.salesforce_id = sf.record_id
inner join linked as k on x.shop_system = k.shop_system and x.customer_id = k.shop_id and x.salesforce_system = k.salesforce_system
where
  not exists (
    select 1
    from customer_links as c
    inner join customers as p on c.salesforce_system = p.system and c.salesforce_id = p.record_id
    where
      c.shop_system = x.shop_system
      and c.shop_id = x.customer_id
      and c.salesforce_system = x.salesforce_system
      and p.account_id = x.sf_customer_id
  )
