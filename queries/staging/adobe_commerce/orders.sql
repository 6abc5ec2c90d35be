-- An order as placed and as it is now, without tax in its parts; in the website's currency, or in the buyer's where recon.toml says so.
-- Vendor's arithmetic: grand total = subtotal + tax + shipping + discount (negative, that of shipping included) + compensation of hidden tax.
-- The compensation is the tax inside a discount on prices with tax: taken out of the discount, the parts add up without it.
-- Gift cards, store credit and points are taken off before the grand total is struck, so they stand in rounding, negative.
-- Quantities cancelled in an order that goes on are an edit.
-- An order edited in the admin is cancelled and replaced by a new one: original_order_id of the new one names it, extra of the old one names its heir.
with
setting as (
  select coalesce(max(amounts), 'base') = 'order' as by_order
  from raw.store
),

views as (
  select
    v.id,
    v.code
  from (select unnest(views) as v from raw.store) as stores
),

parts as (
  select
    o.*,
    case when s.by_order then o.order_currency_code else o.base_currency_code end as code,
    case when s.by_order then o.base_currency_code else o.order_currency_code end as other_code,
    case when s.by_order then o.grand_total else o.base_grand_total end as placed,
    case when s.by_order then o.base_grand_total else o.grand_total end as other_placed,
    case when s.by_order then o.subtotal else o.base_subtotal end as goods,
    coalesce(case when s.by_order then o.discount_amount else o.base_discount_amount end, 0) as all_discount,
    coalesce(case when s.by_order then o.discount_tax_compensation_amount else o.base_discount_tax_compensation_amount end, 0) as compensation,
    coalesce(case when s.by_order then o.shipping_compensation else o.base_shipping_compensation end, 0) as freight_compensation,
    coalesce(case when s.by_order then o.shipping_amount else o.base_shipping_amount end, 0) as freight,
    coalesce(case when s.by_order then o.shipping_discount_amount else o.base_shipping_discount_amount end, 0) as freight_discount,
    coalesce(case when s.by_order then o.tax_amount else o.base_tax_amount end, 0) as tax,
    coalesce(case when s.by_order then o.total_paid else o.base_total_paid end, 0) as paid,
    coalesce(case when s.by_order then o.authorized else o.base_authorized end, 0) as promised,
    coalesce(case when s.by_order then o.total_refunded else o.base_total_refunded end, 0) as refunded,
    coalesce(case when s.by_order then o.total_canceled else o.base_total_canceled end, 0) as canceled,
    coalesce(case when s.by_order then o.ext.gift_cards_amount else o.ext.base_gift_cards_amount end, 0) as gift_card,
    coalesce(case when s.by_order then o.ext.customer_balance_amount else o.ext.base_customer_balance_amount end, 0)
    + coalesce(case when s.by_order then o.ext.reward_currency_amount else o.ext.base_reward_currency_amount end, 0) as credit,
    coalesce(try_money(case when s.by_order then o.ext.gw_price else o.ext.gw_base_price end), 0)
    + coalesce(try_money(case when s.by_order then o.ext.gw_items_price else o.ext.gw_items_base_price end), 0)
    + coalesce(try_money(case when s.by_order then o.ext.gw_card_price else o.ext.gw_card_base_price end), 0) as wrapping,
    coalesce(
      list_sum(
        list_transform(o.items, lambda i: case when s.by_order then i.weee_tax_applied_row_amount else i.base_weee_tax_applied_row_amnt end)
      ),
      0
    ) as product_tax,
    list_filter(o.items, lambda i: i.parent_item_id is null and i.product_type = 'bundle' and coalesce(i.qty_shipped, 0) = 0) as bundles
  from raw.orders as o
  cross join setting as s
),

goods_to_ship as (
  select
    p.id,
    -- the parts of a bundle may be shipped each for itself; else the lines without a line above them are what is shipped
    list_filter(
      p.items,
      lambda i: coalesce(i.is_virtual, 0) = 0
      and i.product_type not in ('virtual', 'downloadable')
      and not list_contains(list_transform(p.bundles, lambda b: b.item_id), i.item_id)
      and (i.parent_item_id is null or list_contains(list_transform(p.bundles, lambda b: b.item_id), i.parent_item_id))
    ) as units
  from parts as p
),

shipping_state as (
  select
    id,
    coalesce(list_sum(list_transform(units, lambda i: i.qty_shipped)), 0) as shipped,
    len(
      list_filter(
        units, lambda i: i.qty_ordered - coalesce(i.qty_canceled, 0) - coalesce(i.qty_refunded, 0) > coalesce(i.qty_shipped, 0)
      )
    ) as waiting,
    len(units) as lines
  from goods_to_ship
),

computed as (
  select
    p.*,
    -p.all_discount - p.freight_discount - p.compensation as goods_discount,
    p.freight - p.freight_discount + p.freight_compensation as net_freight,
    p.goods
    + p.all_discount
    + p.compensation
    + p.freight_compensation
    + p.freight
    + p.tax
    + p.wrapping
    - p.gift_card
    - p.credit as sum_of_parts
  from parts as p
)

select
  c.id as record_id,
  'order' as object,
  c.increment_id as number,
  number_key(c.increment_id) as number_key,
  cast(c.customer_id as varchar) as customer_id,
  blank(c.customer_email) as email,
  email_key(c.customer_email) as email_key,
  case
    when c.state = 'canceled' then 'cancelled'
    when c.state in ('complete', 'closed') then 'completed'
    else 'open'
  end as status,
  case
    when c.refunded > 0 and c.refunded >= c.paid then 'refunded'
    when c.refunded > 0 then 'partially_refunded'
    when c.state = 'canceled' then 'voided'
    when c.paid >= c.placed then 'paid'
    when c.paid > 0 then 'partially_paid'
    when c.base_authorized > 0 then 'authorized'
    else 'pending'
  end as payment_status,
  case
    when c.state = 'holded' then 'on_hold'
    when sh.lines = 0 then null
    when sh.shipped > 0 and sh.waiting = 0 then 'fulfilled'
    when sh.shipped > 0 then 'partial'
    else 'unfulfilled'
  end as fulfillment_status,
  c.status as raw_status,
  c.code as currency,
  c.other_code as presentment_currency,
  c.goods as subtotal,
  c.goods_discount as discount,
  c.net_freight as shipping,
  c.tax,
  -- a fixed product tax is already in the subtotal in some configurations: it counts where the parts need it to add up
  c.wrapping + case when abs(c.placed - c.sum_of_parts) <= minor_unit(c.code) then 0 else c.product_tax end as duties,
  cast(0 as decimal(38, 6)) as tip,
  c.gift_card,
  -c.gift_card - c.credit as rounding,
  c.placed as total,
  c.placed - c.refunded - c.canceled as current_total,
  c.refunded,
  -- methods such as a bank transfer authorise nothing; a void leaves no trace in these amounts
  greatest(least(c.promised - c.paid, c.placed - c.canceled - c.paid), 0) as authorized,
  c.other_placed as presentment_total,
  false as tax_included,
  coalesce(c.customer_is_guest = 1, false) or c.customer_id is null as is_guest,
  coalesce(c.relation_child_id, '0') not in ('', '0')
  or (c.state <> 'canceled' and coalesce(list_sum(list_transform(c.items, lambda i: i.qty_canceled)), 0) > 0) as is_edited,
  v.code as channel,
  v.code as store,
  c.gateway,
  c.country,
  c.ship_street,
  c.ship_city,
  c.ship_postal_code,
  c.ship_country,
  c.bill_street,
  c.bill_city,
  c.bill_postal_code,
  c.bill_country,
  c.created_at as placed_at,
  case when c.state = 'canceled' then c.updated_at end as cancelled_at,
  c.created_at,
  c.updated_at,
  nullif(blank(c.relation_parent_id), '0') as original_order_id,
  json_object(
    'state', c.state,
    'store_id', c.store_id,
    'original_number', c.original_increment_id,
    'replaced_by', nullif(blank(c.relation_child_id), '0'),
    'company_id', c.ext.company_order_attributes.company_id,
    'credit', c.credit,
    'coupon', c.coupon_code
  ) as extra,
  c.seen_at,
  c.file,
  c.line
from computed as c
inner join shipping_state as sh on c.id = sh.id
left join views as v on c.store_id = v.id
