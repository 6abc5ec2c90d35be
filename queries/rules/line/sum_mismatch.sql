/* +++
title    = "The lines of every order add up to its goods"
question = "In which orders do the lines not add up to the order, although each of them looks right?"
severity = "medium"
entity   = "orders"
since    = "0.2"
needs    = [
  "shop.orders",
  "shop.order_lines",
  "salesforce.orders",
  "salesforce.orders.subtotal",
  "salesforce.orders.total",
  "salesforce.orders.discount?",
  "salesforce.order_lines",
  "salesforce.order_lines.total",
]
why      = "Reports by product and reports by order contradict each other, and neither can be trusted."
remedy   = "Look for a discount that was spread over some lines only, for amounts that were rounded twice, and in files for lines that the export left out."
false_alarms = "Lines with tax beside orders without it are told apart. Orders whose lines or amounts differ from the shop's have findings of their own and are left out here."
fix      = "none"
checked  = """
select count(*)
from order_pairs as p
where p.is_edited is not true and p.shop_status is distinct from 'cancelled' and p.salesforce_status is distinct from 'cancelled'
"""
+++ */
-- Where every line in Salesforce holds the shop's own total, and the order's parts are the shop's, the sums are the shop's as well: only
-- the others are added up. A shop's platform adds up its orders itself; files and databases are what somebody made of them.
with other as (
  select distinct
    k.shop_system,
    k.shop_order_id,
    k.salesforce_system
  from line_pairs as k
  where k.has_other_total
),

explained as (
  select
    k.shop_system,
    k.shop_order_id,
    k.salesforce_system
  from line_pairs as k
  where k.expected <> k.held or (k.salesforce_id is null and k.expected > 0) or k.has_other_price
  union all
  select
    x.shop_system,
    x.shop_order_id,
    x.salesforce_system
  from line_extras as x
),

suspects as (
  select
    p.salesforce_system as system,
    p.salesforce_id as order_id,
    p.shop_system,
    p.shop_id,
    p.shop_currency as currency
  from other as x
  inner join order_pairs as p
    on x.shop_system = p.shop_system and x.shop_order_id = p.shop_id and x.salesforce_system = p.salesforce_system
  where
    p.is_edited is not true
    and p.shop_status is distinct from 'cancelled'
    and p.salesforce_status is distinct from 'cancelled'
    and p.shop_currency = p.salesforce_currency
    and abs(p.salesforce_total - p.shop_total) <= minor_unit(p.shop_currency)
    and p.has_other_tax is not true
    and p.has_other_discount is not true
    and p.has_other_charges is not true
    and not exists (
      select 1
      from explained as e
      where e.shop_system = p.shop_system and e.shop_order_id = p.shop_id and e.salesforce_system = p.salesforce_system
    )
  union all
  select
    o.system,
    o.record_id as order_id,
    o.system as shop_system,
    o.record_id as shop_id,
    o.currency
  from orders as o
  inner join compared as c on o.system = c.system and c.entity = 'orders'
  inner join systems as s on o.system = s.system and s.kind in ('files', 'database')
  where
    o.deleted_at is null
    and o.is_test is not true
    and o.is_edited is not true
    and o.status is distinct from 'draft'
    and o.status is distinct from 'cancelled'
),

sums as (
  select
    x.system,
    x.order_id,
    x.shop_system,
    x.shop_id,
    x.currency,
    count(*) as lines,
    count(n.total) as totals,
    cast(sum(n.total) as decimal(38, 6)) as goods
  from suspects as x
  inner join order_lines as n on x.system = n.system and x.order_id = n.order_id
  where n.deleted_at is null
  group by
    x.system,
    x.order_id,
    x.shop_system,
    x.shop_id,
    x.currency
),

taxes as (
  select
    x.shop_system,
    x.shop_id,
    cast(sum(coalesce(n.tax, 0)) as decimal(38, 6)) as goods_tax
  from sums as x
  inner join order_lines as n on x.shop_system = n.system and x.shop_id = n.order_id
  where n.deleted_at is null
  group by
    x.shop_system,
    x.shop_id
),

compared_sums as (
  select
    x.system,
    x.order_id,
    x.shop_system,
    x.shop_id,
    x.currency,
    x.lines,
    x.goods,
    minor_unit(x.currency) * (x.lines + 1) as tolerance,
    o.number,
    o.subtotal,
    o.subtotal - coalesce(o.discount, 0) as due,
    coalesce(o.discount, 0) as discount,
    coalesce(o.shipping, 0) + coalesce(o.duties, 0) + coalesce(o.tip, 0) as charges,
    coalesce(t.goods_tax, o.tax, 0) as goods_tax,
    o.tax,
    o.total,
    o.created_by,
    coalesce(o.placed_at, o.created_at) as placed_at
  from sums as x
  inner join orders as o on x.system = o.system and x.order_id = o.record_id
  left join taxes as t on x.shop_system = t.shop_system and x.shop_id = t.shop_id
  where x.totals = x.lines and o.subtotal is not null
)

select
  c.system,
  case when c.system = c.shop_system then c.order_id end as record_id,
  case when c.system <> c.shop_system then c.order_id end as salesforce_id,
  coalesce(c.number, c.order_id) as label,
  'The lines of order ' || coalesce(c.number, c.order_id) || ' add up to ' || money_text(c.goods, c.currency) || coalesce(' ' || c.currency, '')
  || ' ' || in_system(c.system) || ', but its goods are ' || money_text(c.due, c.currency) || '.' as message,
  abs(c.goods - c.due) as amount,
  c.currency,
  c.placed_at as occurred_at,
  case when c.system <> c.shop_system then [related_record(c.shop_system, c.shop_id)] end as related,
  c.lines,
  money_text(c.goods, c.currency) as sum_of_lines,
  money_text(c.due, c.currency) as goods,
  c.created_by
from compared_sums as c
where
  not coalesce(fits_amount(c.goods, c.due, c.goods_tax, c.discount, null, c.tolerance), false)
  and abs(c.goods - c.due - c.charges) > c.tolerance
  and abs(c.goods - c.subtotal - c.charges) > c.tolerance
  and not coalesce(abs(c.goods - c.total) <= c.tolerance, false)
  and not coalesce(abs(c.goods - c.total + c.tax) <= c.tolerance, false)
