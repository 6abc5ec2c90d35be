/* +++
after = ["order_pairs", "line_links"]
+++ */
-- Joined once, so that each rule about lines is a scan and not three joins.
-- has_other_price asks whether what Salesforce holds for the shop's units is the shop's amount of the line in any of the ways in which it
-- can be kept: with tax or without, before its discount or after; by the price of one or by the total of the line.
with
joined as (
  select
    p.shop_system,
    n.record_id as shop_id,
    p.shop_id as shop_order_id,
    p.salesforce_system,
    p.salesforce_id as salesforce_order_id,
    k.salesforce_id,
    k.certainty,
    coalesce(n.current_quantity, n.quantity) + coalesce(n.refunded_quantity, 0) as expected,
    f.quantity as held,
    n.quantity,
    n.total,
    coalesce(n.tax, 0) as tax,
    coalesce(n.discount, 0) as discount,
    n.tax_included,
    minor_unit(n.currency) * greatest(n.quantity, 1) as tolerance,
    p.shop_currency = p.salesforce_currency as is_comparable,
    f.total as sf_total,
    f.unit_price as sf_unit_price
  from order_pairs as p
  inner join order_lines as n on p.shop_system = n.system and p.shop_id = n.order_id
  left join line_links as k
    on n.system = k.shop_system and n.record_id = k.shop_id and p.salesforce_system = k.salesforce_system and k.is_primary
  left join order_lines as f on k.salesforce_system = f.system and k.salesforce_id = f.record_id
  where n.deleted_at is null
)

select
  j.shop_system,
  j.shop_id,
  j.shop_order_id,
  j.salesforce_system,
  j.salesforce_order_id,
  j.salesforce_id,
  j.certainty,
  j.expected,
  j.held,
  j.sf_total <> j.total as has_other_total,
  case
    when j.is_comparable is not true or j.total is null or j.quantity is null or coalesce(j.sf_total, j.sf_unit_price) is null then null
    when j.sf_total = j.total and j.held = j.quantity then false
    else
      not coalesce(
        j.held = j.quantity and fits_amount(j.sf_total, j.total, j.tax, j.discount, j.tax_included, j.tolerance),
        false
      )
      and not coalesce(
        fits_amount(cast(j.sf_unit_price * j.quantity as decimal(38, 6)), j.total, j.tax, j.discount, j.tax_included, j.tolerance),
        false
      )
      and (j.sf_unit_price is not null or j.held = j.quantity)
  end as has_other_price
from joined as j
