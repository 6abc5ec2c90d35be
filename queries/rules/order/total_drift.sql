/* +++
title    = "Order totals agree between shop and Salesforce"
question = "Which orders have another total in Salesforce than in the shop, and which part of the amount explains it?"
severity = "high"
entity   = "orders"
since    = "0.1"
needs    = ["shop.orders", "salesforce.orders", "salesforce.orders.total", "salesforce.orders.currency"]
why      = "Revenue, commissions and credit notes are computed from the total in Salesforce; a wrong one makes every later number wrong."
remedy   = "Look at the part that explains the difference: tax points to net and gross prices, shipping and discount to a missing field, an edit to an update that was lost."
false_alarms = "An integration that sends the total net of tax on purpose; compare like with like by mapping the matching field."
fix      = "review"
recheck  = true
checked  = """
select count(*)
from order_pairs as p
where p.shop_currency = p.salesforce_currency and p.shop_total is not null and p.salesforce_total is not null
  and coalesce(p.shop_updated_at, timestamp '1970-01-01') < $as_of - to_minutes(cast($grace_minutes as bigint))
"""

[params.grace_minutes]
default = 15
unit    = "minutes"
help    = "Shop records changed later than this may still be on their way."
+++ */
-- An org that keeps one total writes edits into it: then it holds the current one, in which what was given back since is still counted.
with drifted as (
  select
    p.shop_system,
    p.shop_id,
    p.salesforce_system,
    p.salesforce_id,
    abs(p.salesforce_total - p.shop_total) > minor_unit(p.shop_currency) as by_total
  from order_pairs as p
  where
    p.shop_currency = p.salesforce_currency
    and p.shop_total is not null
    and p.salesforce_total is not null
    and (p.shop_total <> p.salesforce_total or (p.is_edited and p.shop_current_total <> p.salesforce_current_total))
    and (
      abs(p.salesforce_total - p.shop_total) > minor_unit(p.shop_currency)
      or (
        p.is_edited
        and coalesce(p.shop_refunded, 0) = 0
        and abs(p.salesforce_current_total - p.shop_current_total) > minor_unit(p.shop_currency)
      )
    )
    and not coalesce(
      p.is_edited
      and abs(p.salesforce_total - p.shop_current_total - coalesce(p.shop_refunded, 0)) <= minor_unit(p.shop_currency)
      and abs(p.salesforce_total - p.shop_total) > minor_unit(p.shop_currency)
      and coalesce(abs(p.salesforce_current_total - p.shop_current_total) <= minor_unit(p.shop_currency), true),
      false
    )
    and not coalesce(
      p.salesforce_total = p.presentment_total and p.presentment_total <> p.shop_total and p.presentment_currency <> p.shop_currency, false
    )
    and coalesce(p.shop_updated_at, timestamp '1970-01-01') < $as_of - to_minutes(cast($grace_minutes as bigint))
),

amounts as (
  select
    d.shop_system,
    d.shop_id,
    d.salesforce_id,
    d.by_total,
    o.number,
    o.currency,
    o.channel,
    o.updated_at,
    sf.last_synced_at,
    minor_unit(o.currency) as unit,
    o.total as shop_total,
    sf.total as sf_total,
    o.current_total as shop_current,
    sf.current_total as sf_current,
    o.subtotal as shop_subtotal,
    sf.subtotal as sf_subtotal,
    o.discount as shop_discount,
    sf.discount as sf_discount,
    o.shipping as shop_shipping,
    sf.shipping as sf_shipping,
    o.tax as shop_tax,
    sf.tax as sf_tax,
    o.duties as shop_duties,
    sf.duties as sf_duties,
    o.tip as shop_tip,
    sf.tip as sf_tip,
    o.rounding as shop_rounding,
    sf.rounding as sf_rounding,
    o.refunded as shop_refunded,
    o.gift_card as shop_gift_card,
    case when d.by_total then sf.total - o.total else sf.current_total - o.current_total end as delta
  from drifted as d
  inner join orders as o on d.shop_system = o.system and d.shop_id = o.record_id
  inner join orders as sf on d.salesforce_system = sf.system and d.salesforce_id = sf.record_id
  where
    d.by_total
    or not exists (
      select 1
      from refunds as r
      where r.system = d.shop_system and r.order_id = d.shop_id and r.deleted_at is null
    )
),

explained as (
  select
    a.shop_system,
    a.shop_id,
    a.salesforce_id,
    a.by_total,
    a.number,
    a.currency,
    a.channel,
    a.updated_at,
    a.last_synced_at,
    a.delta,
    case
      when not a.by_total then 'edit'
      when abs(a.sf_tax - a.shop_tax - a.delta) <= a.unit then 'tax'
      when abs(a.sf_shipping - a.shop_shipping - a.delta) <= a.unit then 'shipping'
      when abs(a.shop_discount - a.sf_discount - a.delta) <= a.unit then 'discount'
      when abs(a.sf_duties - a.shop_duties - a.delta) <= a.unit then 'duties'
      when abs(a.sf_tip - a.shop_tip - a.delta) <= a.unit then 'tip'
      when abs(a.sf_rounding - a.shop_rounding - a.delta) <= a.unit then 'rounding'
      when abs(a.sf_subtotal - a.shop_subtotal - a.delta) <= a.unit then 'subtotal'
      -- a part and the tax on it
      when abs(a.sf_shipping - a.shop_shipping + a.sf_tax - a.shop_tax - a.delta) <= a.unit and a.sf_shipping <> a.shop_shipping then 'shipping'
      when abs(a.shop_discount - a.sf_discount + a.sf_tax - a.shop_tax - a.delta) <= a.unit and a.sf_discount <> a.shop_discount then 'discount'
      when abs(a.sf_subtotal - a.shop_subtotal + a.sf_tax - a.shop_tax - a.delta) <= a.unit and a.sf_subtotal <> a.shop_subtotal then 'subtotal'
      -- one side keeps the part with its tax and the other without: the difference is the part, give or take that tax
      when
        (a.sf_shipping - a.shop_shipping) * a.delta > 0
        and abs(abs(a.sf_shipping - a.shop_shipping) - abs(a.delta)) <= a.shop_tax + a.unit
        and abs(abs(a.sf_shipping - a.shop_shipping) - abs(a.delta)) * 5
        <= least(abs(a.sf_shipping - a.shop_shipping), abs(a.delta)) * 2 + a.unit
        then 'shipping'
      when
        (a.shop_discount - a.sf_discount) * a.delta > 0
        and abs(abs(a.sf_discount - a.shop_discount) - abs(a.delta)) * 5
        <= least(abs(a.sf_discount - a.shop_discount), abs(a.delta)) * 2 + a.unit
        then 'discount'
      when abs(abs(a.delta) - nullif(a.shop_tax, 0)) <= a.unit then 'tax'
      when abs(a.delta + nullif(a.shop_shipping, 0)) <= a.unit then 'shipping'
      when abs(a.delta - nullif(a.shop_discount, 0)) <= a.unit then 'discount'
      when abs(a.delta + nullif(a.shop_duties, 0)) <= a.unit then 'duties'
      when abs(a.delta + nullif(a.shop_tip, 0)) <= a.unit then 'tip'
      when abs(a.delta + nullif(a.shop_rounding, 0)) <= a.unit then 'rounding'
      when abs(a.delta + nullif(a.shop_refunded, 0)) <= a.unit then 'refund'
      when abs(a.delta + nullif(a.shop_gift_card, 0)) <= a.unit then 'gift card'
    end as explained_by,
    money_text(case when a.by_total then a.shop_total else a.shop_current end, a.currency) as shop_text,
    money_text(case when a.by_total then a.sf_total else a.sf_current end, a.currency) as sf_text,
    diff_of([
      case when a.by_total then diff_if('total', money_text(a.shop_total, a.currency), money_text(a.sf_total, a.currency)) end,
      case when not a.by_total then diff_field('current_total', money_text(a.shop_current, a.currency), money_text(a.sf_current, a.currency)) end,
      case
        when a.sf_subtotal <> a.shop_subtotal
          then diff_field('subtotal', money_text(a.shop_subtotal, a.currency), money_text(a.sf_subtotal, a.currency))
      end,
      case
        when a.sf_discount <> a.shop_discount
          then diff_field('discount', money_text(a.shop_discount, a.currency), money_text(a.sf_discount, a.currency))
      end,
      case
        when a.sf_shipping <> a.shop_shipping
          then diff_field('shipping', money_text(a.shop_shipping, a.currency), money_text(a.sf_shipping, a.currency))
      end,
      case when a.sf_tax <> a.shop_tax then diff_field('tax', money_text(a.shop_tax, a.currency), money_text(a.sf_tax, a.currency)) end,
      case
        when a.sf_duties <> a.shop_duties
          then diff_field('duties', money_text(a.shop_duties, a.currency), money_text(a.sf_duties, a.currency))
      end,
      case when a.sf_tip <> a.shop_tip then diff_field('tip', money_text(a.shop_tip, a.currency), money_text(a.sf_tip, a.currency)) end,
      case
        when a.sf_rounding <> a.shop_rounding
          then diff_field('rounding', money_text(a.shop_rounding, a.currency), money_text(a.sf_rounding, a.currency))
      end
    ]) as diff
  from amounts as a
)

select
  e.shop_system as system,
  e.shop_id as record_id,
  e.salesforce_id,
  coalesce(e.number, e.shop_id) as label,
  'Order ' || coalesce(e.number, e.shop_id) || case when e.by_total then ' totals ' else ' was edited and now totals ' end || e.shop_text || ' '
  || e.currency || ' ' || in_system(e.shop_system) || ' and ' || e.sf_text || ' ' || e.currency || ' in Salesforce'
  || case when e.by_total and e.explained_by is not null then '; ' || e.explained_by || ' explains the difference' else '' end || '.' as message,
  e.diff,
  abs(e.delta) as amount,
  e.currency,
  e.updated_at as occurred_at,
  e.explained_by,
  e.channel,
  e.last_synced_at
from explained as e
