/* +++
what   = "Adds the line to the order while that is a draft; an activated order takes no more lines."
safety = "review"
+++ */
-- An order whose other lines are kept with the tax that the shop's are without takes the new one in the same way.
with own as (
  select
    f.finding_id,
    n.system,
    n.order_id,
    n.currency,
    (n.total + n.tax) / nullif(n.quantity, 0) as gross_price
  from findings as f
  inner join order_lines as n on f.system = n.system and f.record_id = n.record_id
  where n.tax_included is not true and n.total is not null and n.tax <> 0
),

kept_with_tax as (
  select
    o.finding_id,
    o.currency,
    o.gross_price
  from own as o
  inner join order_lines as n on o.system = n.system and o.order_id = n.order_id
  inner join line_links as k on n.system = k.shop_system and n.record_id = k.shop_id and k.is_primary
  inner join order_lines as s on k.salesforce_system = s.system and k.salesforce_id = s.record_id
  where n.tax <> 0 and s.total is not null and n.total is not null
  group by
    o.finding_id,
    o.currency,
    o.gross_price
  having bool_and(abs(s.total - n.total - n.tax) <= minor_unit(n.currency) * greatest(n.quantity, 1))
)

select
  f.finding_id,
  'order_lines' as entity,
  cast(null as varchar) as salesforce_id,
  f.system,
  f.record_id,
  w.role,
  case
    when w.role <> 'unit_price' or t.finding_id is null then w.value
    when minor_digits(t.currency) = 0 then cast(cast(round(t.gross_price, 0) as decimal(38, 6)) as varchar)
    when minor_digits(t.currency) = 3 then cast(cast(round(t.gross_price, 3) as decimal(38, 6)) as varchar)
    else cast(cast(round(t.gross_price, 2) as decimal(38, 6)) as varchar)
  end as value
from findings as f
inner join wanted as w on f.system = w.system and f.record_id = w.record_id and w.entity = 'order_lines'
left join kept_with_tax as t on f.finding_id = t.finding_id
