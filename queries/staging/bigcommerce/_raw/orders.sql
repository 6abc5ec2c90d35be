-- Orders with the lines of all their consignments. Times are RFC 2822 and blank where unset, amounts text of four decimals.
-- Lines under __lines were read from the order's own list, because the embedded one may have been cut.
with
landed as (
  select
    *,
    -- what is sent to several places has no address of its own
    case when json_array_length(consignments, '$.shipping') = 1 then json_extract(consignments, '$.shipping[0]') end as goes_to
  from read_json(
    $files,
    format = 'newline_delimited',
    filename = true,
    columns = {
      'id': 'varchar',
      'date_created': 'varchar',
      'date_modified': 'varchar',
      'date_shipped': 'varchar',
      'customer_id': 'varchar',
      'status_id': 'bigint',
      'status': 'varchar',
      'payment_status': 'varchar',
      'payment_method': 'varchar',
      'customer_message': 'varchar',
      'staff_notes': 'varchar',
      'is_deleted': 'boolean',
      'is_tax_inclusive_pricing': 'boolean',
      'subtotal_ex_tax': 'varchar',
      'subtotal_inc_tax': 'varchar',
      'shipping_cost_ex_tax': 'varchar',
      'shipping_cost_inc_tax': 'varchar',
      'handling_cost_ex_tax': 'varchar',
      'handling_cost_inc_tax': 'varchar',
      'wrapping_cost_ex_tax': 'varchar',
      'wrapping_cost_inc_tax': 'varchar',
      'total_inc_tax': 'varchar',
      'total_tax': 'varchar',
      'discount_amount': 'varchar',
      'coupon_discount': 'varchar',
      'gift_certificate_amount': 'varchar',
      'store_credit_amount': 'varchar',
      'currency_code': 'varchar',
      'currency_exchange_rate': 'varchar',
      'default_currency_code': 'varchar',
      'store_default_currency_code': 'varchar',
      'items_total': 'bigint',
      'items_shipped': 'bigint',
      'channel_id': 'varchar',
      'order_source': 'varchar',
      'external_source': 'varchar',
      'external_id': 'varchar',
      'external_order_id': 'varchar',
      'external_merchant_id': 'varchar',
      'billing_address': 'struct(email varchar, street_1 varchar, street_2 varchar, city varchar, zip varchar, country_iso2 varchar)',
      'fees': 'json',
      'consignments': 'json',
      '__lines': 'json'
    }
  )
)

select
  id,
  cast(null as varchar) as parent_id,
  strptime(blank(date_modified), '%a, %d %b %Y %H:%M:%S %z') at time zone 'UTC' as updated_at,
  strptime(blank(date_created), '%a, %d %b %Y %H:%M:%S %z') at time zone 'UTC' as created_at,
  strptime(blank(date_shipped), '%a, %d %b %Y %H:%M:%S %z') at time zone 'UTC' as shipped_at,
  nullif(customer_id, '0') as customer_id,
  status_id,
  status,
  payment_status,
  payment_method,
  customer_message,
  staff_notes,
  coalesce(is_deleted, false) as is_deleted,
  is_tax_inclusive_pricing as tax_included,
  money(subtotal_ex_tax) as subtotal_ex,
  money(subtotal_inc_tax) as subtotal_inc,
  money(shipping_cost_ex_tax) + coalesce(money(handling_cost_ex_tax), 0) + coalesce(money(wrapping_cost_ex_tax), 0) as shipping_ex,
  money(shipping_cost_inc_tax) + coalesce(money(handling_cost_inc_tax), 0) + coalesce(money(wrapping_cost_inc_tax), 0) as shipping_inc,
  money(total_inc_tax) as total,
  money(total_tax) as tax,
  coalesce(money(discount_amount), 0) + coalesce(money(coupon_discount), 0) as discount,
  money(gift_certificate_amount) as gift_certificate,
  money(store_credit_amount) as store_credit,
  blank(currency_code) as shown_currency,
  try_cast(blank(currency_exchange_rate) as decimal(38, 10)) as shown_rate,
  coalesce(blank(default_currency_code), blank(store_default_currency_code), blank(currency_code)) as currency,
  items_total,
  items_shipped,
  channel_id,
  order_source,
  blank(external_source) as external_source,
  blank(external_id) as external_id,
  blank(external_order_id) as external_order_id,
  blank(external_merchant_id) as external_merchant_id,
  billing_address.email as email,
  coalesce(blank(json_extract_string(consignments, '$.shipping[0].country_iso2')), blank(billing_address.country_iso2)) as country,
  nullif(
    concat_ws(
      ', ',
      blank(json_extract_string(goes_to, '$.street_1')),
      blank(json_extract_string(goes_to, '$.street_2'))
    ),
    ''
  ) as ship_street,
  blank(json_extract_string(goes_to, '$.city')) as ship_city,
  blank(json_extract_string(goes_to, '$.zip')) as ship_postal_code,
  blank(json_extract_string(goes_to, '$.country_iso2')) as ship_country,
  nullif(concat_ws(', ', blank(billing_address.street_1), blank(billing_address.street_2)), '') as bill_street,
  blank(billing_address.city) as bill_city,
  blank(billing_address.zip) as bill_postal_code,
  blank(billing_address.country_iso2) as bill_country,
  case
    when json_type(fees) = 'ARRAY' then from_json(fees, '[{"cost_ex_tax": "VARCHAR", "cost_inc_tax": "VARCHAR"}]')
  end as fees,
  from_json(
    case
      when json_type(__lines) = 'ARRAY' then __lines
      else
        to_json(
          list_concat(
            json_extract(consignments, '$.shipping[*].line_items[*]'),
            json_extract(consignments, '$.pickups[*].line_items[*]'),
            json_extract(consignments, '$.downloads[*].line_items[*]'),
            json_extract(consignments, '$.email.gift_certificates[*].line_items[*]')
          )
        )
    end,
    '[{
      "id": "VARCHAR",
      "product_id": "VARCHAR",
      "variant_id": "VARCHAR",
      "name": "VARCHAR",
      "sku": "VARCHAR",
      "type": "VARCHAR",
      "price_ex_tax": "VARCHAR",
      "price_inc_tax": "VARCHAR",
      "total_ex_tax": "VARCHAR",
      "total_inc_tax": "VARCHAR",
      "total_tax": "VARCHAR",
      "quantity": "VARCHAR",
      "quantity_shipped": "VARCHAR",
      "quantity_refunded": "VARCHAR",
      "parent_order_product_id": "VARCHAR",
      "external_id": "VARCHAR",
      "applied_discounts": [{"amount": "VARCHAR"}]
    }]'
  ) as lines,
  filename
from landed
