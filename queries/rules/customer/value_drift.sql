/* +++
title    = "Order counts and lifetime spend in Salesforce follow from the orders"
question = "For which customers does Salesforce state another number of orders, or another lifetime spend, than the shop's orders give?"
severity = "low"
entity   = "customers"
since    = "0.1"
needs    = [
  "shop.customers",
  "shop.orders",
  "shop.orders.customer_id",
  "shop.orders.total",
  "salesforce.customers",
  "salesforce.customers.orders_count|salesforce.customers.total_spent",
  "salesforce.customers.external_ids",
]
why      = "Segments, loyalty tiers and churn scores are made of these two numbers; a wrong one treats a good customer as a new one."
remedy   = "Compute the fields anew from the orders, and look whether refunds, cancellations or a missed order were left out."
false_alarms = "Fields that count something else on purpose, such as the orders of one year or of all shops together. Sums with or without cancelled, test and refunded orders are all accepted."
fix      = "review"
recheck  = true
optional = true
checked  = """
select count(*)
from customer_pairs as p
inner join customers as sf on p.salesforce_system = sf.system and p.salesforce_id = sf.record_id
where p.method = 'external_id' and (sf.orders_count is not null or sf.total_spent is not null)
"""

[params.grace_minutes]
default = 15
unit    = "minutes"
help    = "Customers with an order that changed later than this are left alone."
+++ */
-- Only where the id says who it is, and where Salesforce keeps the record for one shop: a record of several shops may sum them up.
with stated as (
  select
    p.shop_system,
    p.shop_id,
    p.salesforce_id,
    sf.orders_count as sf_orders,
    sf.total_spent as sf_spent,
    sf.currency as sf_currency,
    count(*) over (partition by p.salesforce_system, p.salesforce_id) as shops
  from customer_pairs as p
  inner join customers as sf on p.salesforce_system = sf.system and p.salesforce_id = sf.record_id
  where
    p.method = 'external_id'
    and coalesce(p.shop_state, '') not in ('redacted', 'merged')
    and coalesce(p.shop_updated_at, timestamp '1970-01-01') < $as_of - to_minutes(cast($grace_minutes as bigint))
    and (sf.orders_count is not null or sf.total_spent is not null)
),

summed as (
  select
    s.shop_system,
    s.shop_id,
    count(o.record_id) as orders,
    count(o.record_id) filter (where o.is_test is not true) as real_orders,
    count(o.record_id) filter (where o.status is distinct from 'cancelled') as kept_orders,
    count(o.record_id) filter (where o.is_test is not true and o.status is distinct from 'cancelled') as real_kept_orders,
    coalesce(sum(o.total), 0) as spent,
    coalesce(sum(o.total) filter (where o.status is distinct from 'cancelled'), 0) as kept_spent,
    coalesce(sum(o.total - coalesce(o.refunded, 0)), 0) as net_spent,
    coalesce(sum(coalesce(o.current_total, o.total)) filter (where o.status is distinct from 'cancelled'), 0) as current_spent,
    coalesce(sum(o.total) filter (where o.is_test), 0) as test_spent,
    count(distinct o.currency) as currencies,
    min(o.currency) as currency,
    max(coalesce(o.updated_at, o.created_at, o.placed_at)) as changed_at
  from stated as s
  left join orders as o
    on s.shop_system = o.system and s.shop_id = o.customer_id and o.deleted_at is null and o.status is distinct from 'draft'
  where s.shops = 1
  group by
    s.shop_system,
    s.shop_id
),

-- Where only a window of orders was read, the shop's own numbers are all that can be compared.
windows as (
  select
    c.system,
    max(case when c.window_from is null and c.complete then 1 else 0 end) = 1 as is_whole
  from coverage as c
  where c.entity = 'orders' and c.field is null
  group by c.system
),

judged as (
  select
    s.shop_system,
    s.shop_id,
    s.salesforce_id,
    s.sf_orders,
    s.sf_spent,
    c.email,
    c.phone,
    coalesce(c.orders_count, u.real_orders) as orders,
    coalesce(c.total_spent, u.current_spent) as spent,
    coalesce(c.currency, u.currency, s.sf_currency) as currency,
    u.changed_at,
    case
      when s.sf_orders is null or s.sf_orders = c.orders_count then false
      when w.is_whole then s.sf_orders not in (u.orders, u.real_orders, u.kept_orders, u.real_kept_orders)
      else c.orders_count is not null
    end as has_other_count,
    case
      when s.sf_spent is null or u.currencies > 1 or s.sf_currency <> coalesce(c.currency, u.currency, s.sf_currency) then false
      when abs(s.sf_spent - c.total_spent) <= minor_unit(s.sf_currency) then false
      when w.is_whole
        then
          least(
            abs(s.sf_spent - u.spent),
            abs(s.sf_spent - u.kept_spent),
            abs(s.sf_spent - u.net_spent),
            abs(s.sf_spent - u.current_spent),
            abs(s.sf_spent - (u.spent - u.test_spent)),
            abs(s.sf_spent - (u.kept_spent - u.test_spent)),
            abs(s.sf_spent - (u.net_spent - u.test_spent)),
            abs(s.sf_spent - (u.current_spent - u.test_spent))
          ) > minor_unit(s.sf_currency) * greatest(u.orders, 1)
      else c.total_spent is not null
    end as has_other_spend
  from stated as s
  inner join summed as u on s.shop_system = u.shop_system and s.shop_id = u.shop_id
  inner join customers as c on s.shop_system = c.system and s.shop_id = c.record_id
  inner join windows as w on s.shop_system = w.system
  where s.shops = 1 and coalesce(u.changed_at, timestamp '1970-01-01') < $as_of - to_minutes(cast($grace_minutes as bigint))
)

select
  j.shop_system as system,
  j.shop_id as record_id,
  j.salesforce_id,
  coalesce(j.email, j.phone, j.shop_id) as label,
  'Customer ' || coalesce(j.email, j.phone, j.shop_id) || ' has '
  || case
    when j.has_other_count then cast(j.orders as varchar) || ' orders ' || in_system(j.shop_system) || ' and ' || cast(j.sf_orders as varchar)
    else
      'spent ' || money_text(j.spent, j.currency) || ' ' || j.currency || ' ' || in_system(j.shop_system) || ' and ' || money_text(j.sf_spent, j.currency)
      || ' ' || j.currency
  end || ' in Salesforce.' as message,
  diff_of([
    case when j.has_other_count then diff_field('orders_count', j.orders, j.sf_orders) end,
    case when j.has_other_spend then diff_field('total_spent', money_text(j.spent, j.currency), money_text(j.sf_spent, j.currency)) end
  ]) as diff,
  case when j.has_other_spend then abs(j.sf_spent - j.spent) end as amount,
  case when j.has_other_spend then j.currency end as currency,
  j.changed_at as occurred_at
from judged as j
where j.has_other_count or j.has_other_spend
