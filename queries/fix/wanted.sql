-- What Salesforce should hold of each needed shop record, one row per role. Roles that refer to other records hold the shop's id of them;
-- roles that begin with is_ or at_ and are in no mapping tell the planner what it has to know.
with needed_orders as (
  select
    o.*,
    s.time_zone
  from orders as o
  inner join needed as n on o.system = n.system and o.record_id = n.record_id and n.entity = 'orders'
  inner join systems as s on o.system = s.system
),

sold_lines as (
  select
    l.*,
    coalesce(l.current_quantity, l.quantity) + coalesce(l.refunded_quantity, 0) as sold,
    -- NOTE: a division of decimals would be a float, so this divides whole millionths.
    case
      when l.total is not null and l.quantity > 0
        then
          cast(cast(l.total * 1000000 as hugeint) * 10000 // cast(l.quantity * 10000 as hugeint) as decimal(20, 0)) * cast(0.000001 as decimal(7, 6))
    end as net_price
  from order_lines as l
  inner join needed as n on l.system = n.system and l.record_id = n.record_id and n.entity = 'order_lines'
),

units as (
  select
    l.system,
    l.fulfillment_id,
    sum(l.quantity) as quantity
  from fulfillment_lines as l
  inner join needed as n on l.system = n.system and l.record_id = n.record_id and n.entity = 'fulfillment_lines'
  group by
    l.system,
    l.fulfillment_id
),

all_wanted as (
  select
    'orders' as entity,
    o.system,
    o.record_id,
    [
      wanted('external_id', o.record_id),
      wanted('number', o.number),
      wanted('store', o.system),
      wanted('customer_id', o.customer_id),
      wanted('email', o.email),
      wanted('status', o.status),
      wanted('payment_status', o.payment_status),
      wanted('fulfillment_status', o.fulfillment_status),
      wanted('currency', o.currency),
      wanted('presentment_currency', o.presentment_currency),
      wanted('subtotal', o.subtotal),
      wanted('discount', o.discount),
      wanted('shipping', o.shipping),
      wanted('tax', o.tax),
      wanted('duties', o.duties),
      wanted('tip', o.tip),
      wanted('gift_card', o.gift_card),
      wanted('rounding', o.rounding),
      wanted('total', o.total),
      wanted('current_total', o.current_total),
      wanted('refunded', o.refunded),
      wanted('is_test', coalesce(o.is_test, false)),
      wanted('channel', o.channel),
      wanted('gateway', o.gateway),
      wanted('country', o.country),
      wanted('ship_street', o.ship_street),
      wanted('ship_city', o.ship_city),
      wanted('ship_postal_code', o.ship_postal_code),
      wanted('ship_country', o.ship_country),
      wanted('bill_street', o.bill_street),
      wanted('bill_city', o.bill_city),
      wanted('bill_postal_code', o.bill_postal_code),
      wanted('bill_country', o.bill_country),
      wanted('placed_at', time_text(coalesce(o.placed_at, o.created_at))),
      wanted('placed_date', strftime(timezone(coalesce(o.time_zone, 'UTC'), timezone('UTC', coalesce(o.placed_at, o.created_at))), '%Y-%m-%d')),
      wanted('cancelled_at', time_text(o.cancelled_at)),
      wanted('edited_at', time_text(o.edited_at)),
      wanted('at_label', 'Order ' || coalesce(o.number, o.record_id)),
      wanted('is_paid', o.payment_status in ('paid', 'partially_paid', 'partially_refunded', 'refunded', 'authorized'))
    ] as fields
  from needed_orders as o
  union all
  select
    'order_lines' as entity,
    l.system,
    l.record_id,
    [
      wanted('external_id', l.record_id),
      wanted('order_id', l.order_id),
      wanted('product_id', l.variant_id),
      wanted('line_no', l.line_no),
      wanted('sku', l.sku),
      wanted('title', l.title),
      wanted('quantity', number_text(l.sold)),
      wanted(
        'unit_price',
        case
          when l.net_price is null then l.unit_price
          -- Each branch has its type: the common one of decimals with other scales would round to whole units.
          when minor_digits(coalesce(l.currency, o.currency)) = 0 then cast(round(l.net_price, 0) as decimal(38, 6))
          when minor_digits(coalesce(l.currency, o.currency)) = 3 then cast(round(l.net_price, 3) as decimal(38, 6))
          else cast(round(l.net_price, 2) as decimal(38, 6))
        end
      ),
      wanted('discount', l.discount),
      wanted('tax', l.tax),
      wanted('total', l.total),
      wanted('currency', coalesce(l.currency, o.currency)),
      wanted('at_label', 'Line ' || coalesce(l.sku, l.title, l.record_id) || ' of order ' || coalesce(o.number, o.record_id)),
      wanted('is_sold', l.sold > 0)
    ] as fields
  from sold_lines as l
  inner join needed_orders as o on l.system = o.system and l.order_id = o.record_id
  union all
  select
    'customers' as entity,
    c.system,
    c.record_id,
    [
      wanted('external_id', c.record_id),
      wanted('store', c.system),
      wanted('email', c.email),
      wanted('phone', c.phone),
      wanted('first_name', c.first_name),
      wanted('last_name', c.last_name),
      wanted('company', c.company),
      wanted('address1', c.address1),
      wanted('address2', c.address2),
      wanted('city', c.city),
      wanted('region', c.region),
      wanted('postal_code', c.postal_code),
      wanted('country', c.country),
      wanted('email_opt_out', c.email_consent is distinct from 'subscribed'),
      wanted('email_consent', c.email_consent),
      wanted('sms_consent', c.sms_consent),
      wanted('consent_at', time_text(c.consent_at)),
      wanted('currency', c.currency),
      wanted('at_label', 'Customer ' || coalesce(c.email, c.phone, c.record_id)),
      wanted('is_gone', coalesce(c.state in ('redacted', 'merged') or c.deleted_at is not null, false))
    ] as fields
  from customers as c
  inner join needed as n on c.system = n.system and c.record_id = n.record_id and n.entity = 'customers'
  union all
  select
    'products' as entity,
    p.system,
    p.record_id,
    [
      wanted('external_id', p.record_id),
      wanted('sku', p.sku),
      wanted('barcode', p.barcode),
      wanted('title', p.title || coalesce(' - ' || nullif(nullif(p.variant_title, 'Default Title'), ''), '')),
      wanted('is_active', p.status = 'active'),
      wanted('status', p.status),
      wanted('at_label', 'Product ' || coalesce(p.sku, p.title, p.record_id))
    ] as fields
  from products as p
  inner join needed as n on p.system = n.system and p.record_id = n.record_id and n.entity = 'products'
  union all
  select
    'prices' as entity,
    p.system,
    p.record_id,
    [
      wanted('product_id', p.variant_id),
      wanted('price_list', p.price_list),
      wanted('store', p.store),
      wanted('amount', p.amount),
      wanted('currency', p.currency),
      wanted('is_active', coalesce(p.is_active, true)),
      wanted('at_label', 'Price of ' || coalesce(p.sku_key, p.variant_id) || ' in ' || p.price_list)
    ] as fields
  from prices as p
  inner join needed as n on p.system = n.system and p.record_id = n.record_id and n.entity = 'prices'
  where p.deleted_at is null and coalesce(p.min_quantity, 1) <= 1 and p.company_id is null
  union all
  select
    'inventory_levels' as entity,
    i.system,
    i.record_id,
    [
      wanted('on_hand', number_text(i.on_hand)),
      wanted('available', number_text(i.available)),
      wanted('committed', number_text(i.committed)),
      wanted('safety_stock', number_text(i.safety_stock)),
      wanted('at_label', 'Stock of ' || coalesce(i.sku_key, i.variant_id))
    ] as fields
  from inventory_levels as i
  inner join needed as n on i.system = n.system and i.record_id = n.record_id and n.entity = 'inventory_levels'
  union all
  select
    'refunds' as entity,
    r.system,
    r.record_id,
    [
      wanted('external_id', r.record_id),
      wanted('order_id', r.order_id),
      wanted('amount', r.amount),
      wanted('tax', r.tax),
      wanted('currency', coalesce(r.currency, o.currency)),
      wanted('reason', r.reason),
      wanted('created_at', time_text(r.created_at)),
      wanted('at_label', 'Refund ' || r.record_id || ' of order ' || coalesce(o.number, o.record_id))
    ] as fields
  from refunds as r
  inner join needed as n on r.system = n.system and r.record_id = n.record_id and n.entity = 'refunds'
  inner join needed_orders as o on r.system = o.system and r.order_id = o.record_id
  where r.money_moved and r.amount > 0
  union all
  select
    'fulfillments' as entity,
    s.system,
    s.record_id,
    [
      wanted('external_id', s.record_id),
      wanted('order_id', s.order_id),
      wanted('status', s.status),
      wanted('tracking_number', s.tracking_number),
      wanted('carrier', s.carrier),
      wanted('location_id', s.location_id),
      wanted('quantity', number_text(coalesce(u.quantity, s.quantity))),
      wanted('shipped_at', time_text(s.shipped_at)),
      wanted('at_label', 'Shipment ' || s.record_id || ' of order ' || coalesce(o.number, o.record_id))
    ] as fields
  from fulfillments as s
  inner join needed as n on s.system = n.system and s.record_id = n.record_id and n.entity = 'fulfillments'
  inner join needed_orders as o on s.system = o.system and s.order_id = o.record_id
  left join units as u on s.system = u.system and s.record_id = u.fulfillment_id
  where s.deleted_at is null
  union all
  select
    'fulfillment_lines' as entity,
    l.system,
    l.record_id,
    [
      wanted('external_id', l.record_id),
      wanted('fulfillment_id', l.fulfillment_id),
      wanted('line_id', l.line_id),
      wanted('quantity', number_text(l.quantity)),
      wanted('at_label', 'Line of shipment ' || l.fulfillment_id)
    ] as fields
  from fulfillment_lines as l
  inner join needed as n on l.system = n.system and l.record_id = n.record_id and n.entity = 'fulfillment_lines'
  union all
  select
    'returns' as entity,
    b.system,
    b.record_id,
    [
      wanted('external_id', b.record_id),
      wanted('order_id', b.order_id),
      wanted('status', b.status),
      wanted('is_exchange', b.is_exchange),
      wanted('total_quantity', number_text(b.total_quantity)),
      wanted('created_at', time_text(b.created_at)),
      wanted('closed_at', time_text(b.closed_at)),
      wanted('at_label', 'Return ' || b.record_id || ' of order ' || coalesce(o.number, o.record_id))
    ] as fields
  from returns as b
  inner join needed as n on b.system = n.system and b.record_id = n.record_id and n.entity = 'returns'
  inner join needed_orders as o on b.system = o.system and b.order_id = o.record_id
  where b.deleted_at is null
  union all
  select
    'companies' as entity,
    c.system,
    c.record_id,
    [
      wanted('external_id', c.record_id),
      wanted('name', c.name),
      wanted('price_list', c.price_list),
      wanted('credit_limit', c.credit_limit),
      wanted('currency', c.currency),
      wanted('status', c.status),
      wanted('at_label', 'Company ' || coalesce(c.name, c.record_id))
    ] as fields
  from companies as c
  inner join needed as n on c.system = n.system and c.record_id = n.record_id and n.entity = 'companies'
  union all
  select
    'subscriptions' as entity,
    c.system,
    c.record_id,
    [
      wanted('external_id', c.record_id),
      wanted('customer_id', c.customer_id),
      wanted('status', c.status),
      wanted('next_billing_at', time_text(c.next_billing_at)),
      wanted('interval', c.interval),
      wanted('amount', c.amount),
      wanted('currency', c.currency),
      wanted('at_label', 'Subscription ' || c.record_id)
    ] as fields
  from subscriptions as c
  inner join needed as n on c.system = n.system and c.record_id = n.record_id and n.entity = 'subscriptions'
)

select
  w.entity,
  w.system,
  w.record_id,
  f.field.role as role,
  f.field.value as value
from all_wanted as w, unnest(w.fields) as f (field)
