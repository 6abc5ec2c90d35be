/* +++
title    = "The parts of every order add up to its total"
question = "In which orders do goods, discount, shipping, tax, duties, tip and rounding not add up to the total of the same system?"
severity = "medium"
entity   = "orders"
since    = "0.1"
needs    = ["any.orders"]
why      = "Where the parts do not add up, either the total or a part is wrong, and reports built on one contradict reports built on the other."
remedy   = "In Salesforce look for a part that the integration left out or counted twice. In the shop look for an app that changes orders."
false_alarms = "Taxes that are included in some prices of an order and not in others."
fix      = "review"
checked  = """
select count(*)
from orders as o
where o.deleted_at is null and o.is_test is not true and o.is_edited is not true and o.status is distinct from 'draft'
  and o.subtotal is not null and o.discount is not null and o.shipping is not null and o.tax is not null and o.total is not null
"""
+++ */
with sums as (
  select
    o.system,
    o.record_id,
    s.side,
    o.number,
    o.currency,
    o.total,
    o.tax,
    o.tax_included,
    o.placed_at,
    o.created_at,
    minor_unit(o.currency) as unit,
    o.subtotal - o.discount + o.shipping + coalesce(o.duties, 0) + coalesce(o.tip, 0) + coalesce(o.rounding, 0) as untaxed
  from orders as o
  inner join systems as s on o.system = s.system
  where
    o.deleted_at is null
    and o.is_test is not true
    and o.is_edited is not true
    and o.status is distinct from 'draft'
    and o.subtotal is not null
    and o.discount is not null
    and o.shipping is not null
    and o.tax is not null
    and o.total is not null
),

wrong as (
  select
    x.system,
    x.record_id,
    x.side,
    x.number,
    x.currency,
    x.total,
    x.tax,
    x.untaxed,
    x.unit,
    x.placed_at,
    x.created_at,
    case
      when x.tax_included then x.untaxed
      when not x.tax_included then x.untaxed + x.tax
      when abs(x.untaxed - x.total) <= abs(x.untaxed + x.tax - x.total) then x.untaxed
      else x.untaxed + x.tax
    end as computed
  from sums as x
  where
    (x.tax_included is not false and abs(x.untaxed - x.total) > x.unit and (x.tax_included or abs(x.untaxed + x.tax - x.total) > x.unit))
    or (x.tax_included is false and abs(x.untaxed + x.tax - x.total) > x.unit)
),

line_counts as (
  select
    n.system,
    n.order_id,
    count(*) as lines
  from order_lines as n
  inner join wrong as w on n.system = w.system and n.order_id = w.record_id
  where n.deleted_at is null
  group by
    n.system,
    n.order_id
),

-- What the org has no field for is in its total all the same: then the shop's order says how much it is.
unmapped as (
  select
    c.system,
    max(case when c.field = 'duties' then 1 else 0 end) as duties,
    max(case when c.field = 'tip' then 1 else 0 end) as tip,
    max(case when c.field = 'rounding' then 1 else 0 end) as rounding
  from coverage as c
  inner join systems as s on c.system = s.system and s.side = 'salesforce'
  where c.entity = 'orders' and c.field in ('duties', 'tip', 'rounding') and not c.readable
  group by c.system
),

told_by_shop as (
  select distinct
    w.system,
    w.record_id
  from wrong as w
  inner join unmapped as u on w.system = u.system
  inner join order_links as l on w.system = l.salesforce_system and w.record_id = l.salesforce_id and l.is_primary
  inner join orders as o on l.shop_system = o.system and l.shop_id = o.record_id and w.currency = o.currency
  left join line_counts as n on w.system = n.system and w.record_id = n.order_id
  where
    u.duties * coalesce(o.duties, 0) + u.tip * coalesce(o.tip, 0) + u.rounding * coalesce(o.rounding, 0) <> 0
    and least(
      abs(
        w.total - w.untaxed
        - u.duties * coalesce(o.duties, 0)
        - u.tip * coalesce(o.tip, 0)
        - u.rounding * coalesce(o.rounding, 0)
      ),
      abs(
        w.total - w.untaxed - w.tax
        - u.duties * coalesce(o.duties, 0)
        - u.tip * coalesce(o.tip, 0)
        - u.rounding * coalesce(o.rounding, 0)
      )
    )
    <= w.unit * (coalesce(n.lines, 0) + 1)
)

select
  w.system,
  case when w.side = 'salesforce' then null else w.record_id end as record_id,
  case when w.side = 'salesforce' then w.record_id end as salesforce_id,
  coalesce(w.number, w.record_id) as label,
  'Order ' || coalesce(w.number, w.record_id) || ' totals ' || money_text(w.total, w.currency) || coalesce(' ' || w.currency, '') || ' '
  || in_system(w.system)
  || ', but its parts add up to ' || money_text(w.computed, w.currency) || coalesce(' ' || w.currency, '') || '.' as message,
  abs(w.computed - w.total) as amount,
  w.currency,
  coalesce(w.placed_at, w.created_at) as occurred_at,
  money_text(w.total, w.currency) as total,
  money_text(w.computed, w.currency) as sum_of_parts
from wrong as w
left join line_counts as n on w.system = n.system and w.record_id = n.order_id
left join told_by_shop as t on w.system = t.system and w.record_id = t.record_id
where abs(w.computed - w.total) > w.unit * (coalesce(n.lines, 0) + 1) and t.record_id is null
