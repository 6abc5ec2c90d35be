/* +++
title    = "Customers with an account do not buy as guests"
question = "Which customers ordered as guests under the e-mail address of their own account?"
severity = "low"
entity   = "customers"
since    = "0.1"
needs    = ["shop.orders", "shop.orders.email", "shop.orders.customer_id", "shop.customers", "shop.customers.email", "salesforce.orders.customer_id?", "salesforce.customers.last_name?"]
why      = "The account does not show these orders, points and lifetime value miss them, and an integration that looks for accounts makes a second person of the buyer."
remedy   = "Assign the orders to the account, where the shop can. Let the checkout ask known addresses to sign in, and let the integration look for accounts by e-mail before it makes a guest."
false_alarms = "Namesakes in one household who share an address. Guests of another name are not reported."
checked  = """
select count(*)
from orders as o
inner join compared as s on o.system = s.system and s.entity = 'orders'
where o.is_guest and o.email_key is not null and o.deleted_at is null and o.is_test is not true
"""

[params.grace_minutes]
default = 15
unit    = "minutes"
help    = "Orders younger than this are left alone."
+++ */
-- Who the guest is, is told by the shop's own record of guests, else by the person on whom the order hangs in Salesforce. Another name
-- under one address is somebody else of the household.
with accounts as (
  select
    c.system,
    c.record_id,
    c.email_key,
    c.name_key
  from customers as c
  inner join compared as s on c.system = s.system and s.entity = 'customers'
  where
    c.deleted_at is null
    and c.is_guest is not true
    and c.email_key is not null
    and c.name_key is not null
    and coalesce(c.state, '') not in ('redacted', 'merged')
),

guests as (
  select
    o.system,
    o.record_id,
    o.customer_id,
    o.total,
    o.currency,
    coalesce(o.placed_at, o.created_at) as placed_at,
    a.record_id as account_id,
    a.name_key
  from orders as o
  inner join compared as s on o.system = s.system and s.entity = 'orders'
  inner join accounts as a on o.system = a.system and o.email_key = a.email_key
  where
    o.is_guest
    and o.deleted_at is null
    and o.is_test is not true
    and o.status is distinct from 'draft'
    and coalesce(o.created_at, o.placed_at, timestamp '1970-01-01') < $as_of - to_minutes(cast($grace_minutes as bigint))
),

named as (
  select
    g.system,
    g.record_id,
    g.account_id,
    g.total,
    g.currency,
    g.placed_at
  from guests as g
  left join customers as c on g.system = c.system and g.customer_id = c.record_id and c.is_guest
  left join order_pairs as p on g.system = p.shop_system and g.record_id = p.shop_id
  left join customers as sf on p.salesforce_system = sf.system and p.salesforce_customer_id = sf.record_id
  where coalesce(c.name_key, sf.name_key) = g.name_key
),

summed as (
  select
    n.system,
    n.account_id,
    count(*) as orders,
    case when count(distinct n.currency) = 1 then sum(n.total) end as amount,
    case when count(distinct n.currency) = 1 then min(n.currency) end as currency,
    max(n.placed_at) as occurred_at,
    list(related_record(n.system, n.record_id) order by n.placed_at, n.record_id) as related
  from named as n
  group by
    n.system,
    n.account_id
)

select
  x.system,
  x.account_id as record_id,
  cast(null as varchar) as salesforce_id,
  coalesce(c.email, c.record_id) as label,
  'Customer ' || coalesce(c.email, c.record_id) || ' has an account ' || in_system(x.system) || ' and ordered as a guest '
  || case when x.orders = 1 then 'once.' else cast(x.orders as varchar) || ' times.' end as message,
  x.amount,
  x.currency,
  x.occurred_at,
  x.related,
  x.orders
from summed as x
inner join customers as c on x.system = c.system and x.account_id = c.record_id
