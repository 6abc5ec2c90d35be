/* +++
after = ["order_links", "compared"]
+++ */
-- Joined once, so that each rule about pairs is a scan and not two joins. Drafts are checkouts that never became orders.
-- Parts of the amount are told apart here, where both sides lie side by side anyway. One side may keep them with tax and the other without:
-- told by which sum gives the total, and then a part may differ by as much as tax can be (two fifths at most). Without any tax in the total
-- there is none in its parts, unless a discount took everything.
-- Duties, fees and tips may stand in shipping, so these three are compared together.
with
joined as (
  select
    l.shop_system,
    l.shop_id,
    l.salesforce_system,
    l.salesforce_id,
    l.method,
    l.certainty,
    o.number,
    o.number_key <> sf.number_key as has_other_number,
    o.status as shop_status,
    sf.status as salesforce_status,
    o.payment_status as shop_payment_status,
    sf.payment_status as salesforce_payment_status,
    o.fulfillment_status as shop_fulfillment_status,
    sf.fulfillment_status as salesforce_fulfillment_status,
    o.currency as shop_currency,
    sf.currency as salesforce_currency,
    o.total as shop_total,
    sf.total as salesforce_total,
    o.current_total as shop_current_total,
    sf.current_total as salesforce_current_total,
    o.presentment_currency,
    o.presentment_total,
    o.refunded as shop_refunded,
    o.is_edited,
    o.customer_id as shop_customer_id,
    sf.customer_id as salesforce_customer_id,
    o.placed_at,
    sf.placed_at as salesforce_placed_at,
    sf.placed_date as salesforce_placed_date,
    o.created_at as shop_created_at,
    sf.created_at as salesforce_created_at,
    o.updated_at as shop_updated_at,
    coalesce(o.edited_at, o.updated_at) > coalesce(sf.last_synced_at, sf.updated_at) as is_unsynced,
    minor_unit(o.currency) as unit,
    o.tax as shop_tax,
    sf.tax as sf_tax,
    o.discount as shop_discount,
    sf.discount as sf_discount,
    o.shipping as shop_shipping,
    sf.shipping as sf_shipping,
    -- what both sides hold a field for, and what each side holds in any
    o.shipping
    + case when sf.duties is not null then coalesce(o.duties, 0) else 0 end
    + case when sf.tip is not null then coalesce(o.tip, 0) else 0 end as shop_charges,
    sf.shipping
    + case when o.duties is not null then coalesce(sf.duties, 0) else 0 end
    + case when o.tip is not null then coalesce(sf.tip, 0) else 0 end as sf_charges,
    o.shipping + coalesce(o.duties, 0) + coalesce(o.tip, 0) as shop_all_charges,
    sf.shipping + coalesce(sf.duties, 0) + coalesce(sf.tip, 0) as sf_all_charges,
    o.ship_street <> sf.ship_street
    or o.ship_city <> sf.ship_city
    or o.ship_postal_code <> sf.ship_postal_code
    or o.ship_country <> sf.ship_country
    or o.bill_street <> sf.bill_street
    or o.bill_city <> sf.bill_city
    or o.bill_postal_code <> sf.bill_postal_code
    or o.bill_country <> sf.bill_country as has_other_address,
    o.tax_included,
    sf.subtotal - coalesce(sf.discount, 0) + coalesce(sf.shipping, 0) + coalesce(sf.duties, 0) + coalesce(sf.tip, 0) + coalesce(sf.rounding, 0)
    - sf.total as sf_untaxed_gap
  from order_links as l
  inner join compared as c on l.shop_system = c.system and c.entity = 'orders'
  inner join orders as o on l.shop_system = o.system and l.shop_id = o.record_id
  inner join orders as sf on l.salesforce_system = sf.system and l.salesforce_id = sf.record_id
  where l.is_primary and o.is_test is not true and o.status is distinct from 'draft'
),

-- NULL: it cannot be told whether Salesforce keeps the parts as the shop does.
based as (
  select
    j.*,
    case
      when j.shop_tax = 0 then case when j.shop_total > 0 then true end
      when abs(j.sf_untaxed_gap) <= 2 * j.unit then j.tax_included
      when abs(j.sf_untaxed_gap + j.sf_tax) <= 2 * j.unit then not j.tax_included
    end as has_same_base
  from joined as j
)

select
  b.shop_system,
  b.shop_id,
  b.salesforce_system,
  b.salesforce_id,
  b.method,
  b.certainty,
  b.number,
  b.has_other_number,
  b.shop_status,
  b.salesforce_status,
  b.shop_payment_status,
  b.salesforce_payment_status,
  b.shop_fulfillment_status,
  b.salesforce_fulfillment_status,
  b.shop_currency,
  b.salesforce_currency,
  b.shop_total,
  b.salesforce_total,
  b.shop_current_total,
  b.salesforce_current_total,
  b.presentment_currency,
  b.presentment_total,
  b.shop_refunded,
  b.is_edited,
  b.shop_customer_id,
  b.salesforce_customer_id,
  b.placed_at,
  b.salesforce_placed_at,
  b.salesforce_placed_date,
  b.shop_created_at,
  b.salesforce_created_at,
  b.shop_updated_at,
  b.is_unsynced,
  b.has_other_address,
  abs(b.sf_tax - b.shop_tax) > b.unit as has_other_tax,
  abs(b.sf_discount - b.shop_discount) > b.unit
  and (
    coalesce(b.has_same_base, false)
    or abs(b.sf_discount - b.shop_discount) * 5 > least(b.sf_discount, b.shop_discount) * 2 + 5 * b.unit
  ) as has_other_discount,
  abs(b.sf_charges - b.shop_charges) > b.unit
  and abs(b.sf_all_charges - b.shop_all_charges) > b.unit
  and (
    coalesce(b.has_same_base, false)
    or least(abs(b.sf_charges - b.shop_charges), abs(b.sf_all_charges - b.shop_all_charges)) > b.shop_tax + b.unit
    or least(abs(b.sf_charges - b.shop_charges), abs(b.sf_all_charges - b.shop_all_charges)) * 5
    > least(b.sf_charges, b.shop_charges) * 2 + 5 * b.unit
  ) as has_other_charges
from based as b
