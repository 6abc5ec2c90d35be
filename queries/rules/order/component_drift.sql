/* +++
title    = "Tax, shipping and discount agree where the total does"
question = "In which orders is the total right in Salesforce, and tax, shipping or discount are not?"
severity = "medium"
entity   = "orders"
since    = "0.2"
needs    = [
  "shop.orders",
  "salesforce.orders",
  "salesforce.orders.total",
  "salesforce.orders.currency",
  "salesforce.orders.tax|salesforce.orders.shipping|salesforce.orders.discount",
  "salesforce.orders.tax?",
  "salesforce.orders.shipping?",
  "salesforce.orders.discount?",
  "salesforce.orders.duties?",
  "salesforce.orders.tip?",
]
why      = "The total looks right, so nobody notices; but tax returns, the cost of free shipping and the worth of campaigns are computed from the parts."
remedy   = "Look at which part is wrong: a missing field, shipping that is booked as goods, or a tax that Salesforce works out by itself."
false_alarms = "Fees that an integration books under another name on purpose. Amounts with tax beside amounts without it are told apart and are no difference."
fix      = "review"
recheck  = true
optional = true
checked  = """
select count(*)
from order_pairs as p
where p.shop_currency = p.salesforce_currency
  and abs(p.salesforce_total - p.shop_total) <= minor_unit(p.shop_currency)
  and (p.has_other_tax is not null or p.has_other_discount is not null or p.has_other_charges is not null)
  and coalesce(p.shop_updated_at, timestamp '1970-01-01') < $as_of - to_minutes(cast($grace_minutes as bigint))
"""

[params.grace_minutes]
default = 15
unit    = "minutes"
help    = "Shop records changed later than this may still be on their way."
+++ */
with drifted as (
  select
    p.shop_system,
    p.shop_id,
    p.salesforce_system,
    p.salesforce_id,
    coalesce(p.number, p.shop_id) as label,
    coalesce(p.has_other_tax, false) as by_tax,
    coalesce(p.has_other_discount, false) as by_discount,
    coalesce(p.has_other_charges, false) as by_charges
  from order_pairs as p
  where
    (p.has_other_tax or p.has_other_discount or p.has_other_charges)
    and p.shop_currency = p.salesforce_currency
    and abs(p.salesforce_total - p.shop_total) <= minor_unit(p.shop_currency)
    and coalesce(p.shop_updated_at, timestamp '1970-01-01') < $as_of - to_minutes(cast($grace_minutes as bigint))
),

parts as (
  select
    d.shop_system,
    d.shop_id,
    d.salesforce_id,
    d.label,
    d.by_tax,
    d.by_discount,
    d.by_charges,
    o.total,
    o.currency,
    o.channel,
    o.tax_included,
    sf.last_synced_at,
    coalesce(sf.updated_at, o.placed_at) as occurred_at,
    o.tax as shop_tax,
    sf.tax as sf_tax,
    o.discount as shop_discount,
    sf.discount as sf_discount,
    o.shipping as shop_shipping,
    sf.shipping as sf_shipping,
    o.duties as shop_duties,
    sf.duties as sf_duties,
    o.tip as shop_tip,
    sf.tip as sf_tip
  from drifted as d
  inner join orders as o on d.shop_system = o.system and d.shop_id = o.record_id
  inner join orders as sf on d.salesforce_system = sf.system and d.salesforce_id = sf.record_id
),

named as (
  select
    p.shop_system,
    p.shop_id,
    p.salesforce_id,
    p.label,
    p.total,
    p.currency,
    p.channel,
    p.last_synced_at,
    p.occurred_at,
    diff_of([
      case when p.by_tax then diff_field('tax', money_text(p.shop_tax, p.currency), money_text(p.sf_tax, p.currency)) end,
      case when p.by_discount then diff_field('discount', money_text(p.shop_discount, p.currency), money_text(p.sf_discount, p.currency)) end,
      case
        when p.by_charges and p.sf_shipping <> p.shop_shipping
          then diff_field('shipping', money_text(p.shop_shipping, p.currency), money_text(p.sf_shipping, p.currency))
      end,
      case
        when p.by_charges and p.sf_duties <> p.shop_duties
          then diff_field('duties', money_text(p.shop_duties, p.currency), money_text(p.sf_duties, p.currency))
      end,
      case when p.by_charges and p.sf_tip <> p.shop_tip then diff_field('tip', money_text(p.shop_tip, p.currency), money_text(p.sf_tip, p.currency)) end
    ]) as diff,
    greatest(
      case when p.by_tax then abs(p.sf_tax - p.shop_tax) else 0 end,
      case when p.by_discount then abs(p.sf_discount - p.shop_discount) else 0 end,
      case when p.by_charges then abs(p.sf_shipping - p.shop_shipping) else 0 end
    ) as amount
  from parts as p
)

select
  n.shop_system as system,
  n.shop_id as record_id,
  n.salesforce_id,
  n.label,
  'Order ' || n.label || ' totals ' || money_text(n.total, n.currency) || ' ' || n.currency || ' ' || in_system(n.shop_system)
  || ' and in Salesforce, but ' || n.diff[1].field || ' is ' || n.diff[1].shop || ' there and ' || n.diff[1].salesforce || ' in Salesforce'
  || case when len(n.diff) > 1 then ', and so is ' || n.diff[2].field || ' (' || n.diff[2].shop || ' and ' || n.diff[2].salesforce || ')' else '' end
  || '.' as message,
  n.diff,
  n.amount,
  n.currency,
  n.occurred_at,
  n.channel,
  n.last_synced_at
from named as n
