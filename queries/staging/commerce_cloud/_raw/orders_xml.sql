-- Orders of exported XML, in the same columns as those of the Admin API. The order of files says which version is newer: no file does.
-- Quantities are doubles and positions decimals by the vendor's schema, so both may come as 1.0.
with
landed as (
  select *
  from read_json(
    $files,
    format = 'newline_delimited',
    filename = true,
    columns = {
      '@order-no': 'varchar',
      '@mode': 'varchar',
      '@site': 'varchar',
      '@exported': 'varchar',
      'order-date': 'varchar',
      'place-date': 'varchar',
      'created-by': 'varchar',
      'currency': 'varchar',
      'taxation': 'varchar',
      'channel-type': 'varchar',
      'external-order-no': 'varchar',
      'original-order-no': 'varchar',
      'replaced-order-no': 'varchar',
      'replacement-order-no': 'varchar',
      'customer': 'struct(
        guest varchar,
        "customer-no" varchar,
        "customer-email" varchar,
        "billing-address" struct(address1 varchar, address2 varchar, city varchar, "postal-code" varchar, "country-code" varchar)
      )',
      'status': 'struct("order-status" varchar, "shipping-status" varchar, "payment-status" varchar, "export-status" varchar)',
      'product-lineitems': 'struct("product-lineitem" struct(
        "net-price" varchar,
        tax varchar,
        "gross-price" varchar,
        "base-price" varchar,
        "lineitem-text" varchar,
        position varchar,
        "product-id" varchar,
        "product-name" varchar,
        quantity struct("#text" varchar),
        "shipment-id" varchar,
        "option-lineitems" struct("option-lineitem" struct(
          "net-price" varchar,
          tax varchar,
          "gross-price" varchar,
          "base-price" varchar,
          "lineitem-text" varchar,
          "option-id" varchar,
          "product-id" varchar,
          "price-adjustments" struct("price-adjustment" struct("net-price" varchar, tax varchar, "gross-price" varchar)[])
        )[]),
        "bundled-product-lineitems" struct("bundled-product-lineitem" struct(
          "net-price" varchar,
          tax varchar,
          "gross-price" varchar,
          "base-price" varchar,
          "lineitem-text" varchar,
          "product-id" varchar,
          "product-name" varchar,
          quantity struct("#text" varchar)
        )[]),
        "price-adjustments" struct("price-adjustment" struct("net-price" varchar, tax varchar, "gross-price" varchar)[])
      )[])',
      'giftcertificate-lineitems': 'struct("giftcertificate-lineitem" struct(
        "net-price" varchar,
        tax varchar,
        "gross-price" varchar,
        "base-price" varchar,
        "lineitem-text" varchar,
        "shipment-id" varchar
      )[])',
      'shipments': 'struct(shipment struct(
        "@shipment-id" varchar,
        status struct("shipping-status" varchar),
        "shipping-method" varchar,
        "tracking-number" varchar,
        "shipping-address" struct(address1 varchar, address2 varchar, city varchar, "postal-code" varchar, "country-code" varchar)
      )[])',
      'totals': 'struct(
        "adjusted-merchandize-total" struct("net-price" varchar, "gross-price" varchar),
        "adjusted-shipping-total" struct("net-price" varchar, "gross-price" varchar),
        "order-total" struct(tax varchar, "gross-price" varchar)
      )',
      'payments': 'struct(payment struct(
        amount varchar,
        "transaction-id" varchar,
        "transaction-type" varchar,
        "credit-card" json,
        "bank-transfer" json,
        bml json,
        "gift-certificate" json,
        "dw-apple-pay" json,
        "dw-android-pay" json,
        "salesforce-payments" json,
        "custom-method" struct("method-name" varchar)
      )[])'
    }
  )
),

shaped as (
  select
    *,
    list_zip("product-lineitems"."product-lineitem", range(1, len("product-lineitems"."product-lineitem") + 1)) as items,
    list_zip(
      "giftcertificate-lineitems"."giftcertificate-lineitem",
      range(1, len("giftcertificate-lineitems"."giftcertificate-lineitem") + 1)
    ) as gifts,
    len(list_distinct(list_transform("product-lineitems"."product-lineitem", lambda p: p.position)))
    = len("product-lineitems"."product-lineitem") as has_positions,
    lower(taxation) = 'gross' as is_gross,
    -- what is sent to several places has no address of its own
    case
      when len(list_distinct(list_transform(shipments.shipment, lambda s: s."shipping-address"))) = 1
        then list_distinct(list_transform(shipments.shipment, lambda s: s."shipping-address"))[1]
    end as goes_to
  from landed
)

select
  coalesce("@site", '') || '/' || "@order-no" as id,
  cast(null as varchar) as parent_id,
  cast(null as timestamp) as updated_at,
  "@order-no" as number,
  "@site" as site,
  utc("order-date") as created_at,
  utc(coalesce("place-date", "order-date")) as placed_at,
  case when "@mode" = 'delete' then utc("@exported") end as deleted_at,
  lower(status."order-status") as status,
  lower(status."payment-status") as payment_status,
  lower(status."shipping-status") as shipping_status,
  lower(status."export-status") as export_status,
  blank("external-order-no") as external_number,
  lower("channel-type") as channel,
  "created-by" as created_by,
  currency,
  is_gross,
  money(totals."order-total"."gross-price") as total,
  money(
    case
      when is_gross then totals."adjusted-merchandize-total"."gross-price"
      else totals."adjusted-merchandize-total"."net-price"
    end
  ) as goods,
  money(
    case
      when is_gross then totals."adjusted-shipping-total"."gross-price"
      else totals."adjusted-shipping-total"."net-price"
    end
  ) as shipping,
  money(totals."order-total".tax) as tax,
  blank(customer."customer-no") as customer_no,
  customer."customer-email" as email,
  try_flag(customer.guest) as is_guest,
  coalesce(shipments.shipment[1]."shipping-address"."country-code", customer."billing-address"."country-code") as country,
  nullif(concat_ws(', ', blank(goes_to.address1), blank(goes_to.address2)), '') as ship_street,
  blank(goes_to.city) as ship_city,
  blank(goes_to."postal-code") as ship_postal_code,
  goes_to."country-code" as ship_country,
  nullif(concat_ws(', ', blank(customer."billing-address".address1), blank(customer."billing-address".address2)), '') as bill_street,
  blank(customer."billing-address".city) as bill_city,
  blank(customer."billing-address"."postal-code") as bill_postal_code,
  customer."billing-address"."country-code" as bill_country,
  coalesce(blank("replaced-order-no"), nullif(blank("original-order-no"), "@order-no")) as replaces,
  blank("replacement-order-no") as replaced_by,
  list_concat(
    list_transform(
      items,
      lambda i: struct_pack(
        kind := 'product',
        position := case when has_positions then number_text(try_money(i[1].position)) else cast(i[2] as varchar) end,
        part := '',
        sku := i[1]."product-id",
        title := coalesce(i[1]."product-name", i[1]."lineitem-text"),
        quantity := cast(i[1].quantity."#text" as decimal(18, 4)),
        base := money(i[1]."base-price"),
        net := money(i[1]."net-price"),
        tax := money(i[1].tax),
        gross := money(i[1]."gross-price"),
        less_net := -coalesce(list_sum(list_transform(i[1]."price-adjustments"."price-adjustment", lambda a: money(a."net-price"))), 0),
        less_tax := -coalesce(list_sum(list_transform(i[1]."price-adjustments"."price-adjustment", lambda a: money(a.tax))), 0),
        less_gross := -coalesce(list_sum(list_transform(i[1]."price-adjustments"."price-adjustment", lambda a: money(a."gross-price"))), 0),
        shipment := i[1]."shipment-id"
      )
    ),
    flatten(
      list_transform(
        items,
        lambda i: list_transform(
          i[1]."option-lineitems"."option-lineitem",
          lambda o: struct_pack(
            kind := 'option',
            position := case when has_positions then number_text(try_money(i[1].position)) else cast(i[2] as varchar) end,
            part := o."option-id",
            sku := o."product-id",
            title := o."lineitem-text",
            quantity := cast(i[1].quantity."#text" as decimal(18, 4)),
            base := money(o."base-price"),
            net := money(o."net-price"),
            tax := money(o.tax),
            gross := money(o."gross-price"),
            less_net := -coalesce(list_sum(list_transform(o."price-adjustments"."price-adjustment", lambda a: money(a."net-price"))), 0),
            less_tax := -coalesce(list_sum(list_transform(o."price-adjustments"."price-adjustment", lambda a: money(a.tax))), 0),
            less_gross := -coalesce(
              list_sum(list_transform(o."price-adjustments"."price-adjustment", lambda a: money(a."gross-price"))), 0
            ),
            shipment := i[1]."shipment-id"
          )
        )
      )
    ),
    flatten(
      list_transform(
        items,
        lambda i: list_transform(
          i[1]."bundled-product-lineitems"."bundled-product-lineitem",
          lambda b: struct_pack(
            kind := 'bundled',
            position := case when has_positions then number_text(try_money(i[1].position)) else cast(i[2] as varchar) end,
            part := b."product-id",
            sku := b."product-id",
            title := coalesce(b."product-name", b."lineitem-text"),
            quantity := cast(b.quantity."#text" as decimal(18, 4)),
            base := money(b."base-price"),
            net := money(b."net-price"),
            tax := money(b.tax),
            gross := money(b."gross-price"),
            less_net := cast(0 as decimal(38, 6)),
            less_tax := cast(0 as decimal(38, 6)),
            less_gross := cast(0 as decimal(38, 6)),
            shipment := i[1]."shipment-id"
          )
        )
      )
    ),
    list_transform(
      gifts,
      lambda g: struct_pack(
        kind := 'gift_certificate',
        position := 'gc' || g[2],
        part := '',
        sku := cast(null as varchar),
        title := g[1]."lineitem-text",
        quantity := cast(1 as decimal(18, 4)),
        base := money(g[1]."base-price"),
        net := money(g[1]."net-price"),
        tax := money(g[1].tax),
        gross := money(g[1]."gross-price"),
        less_net := cast(0 as decimal(38, 6)),
        less_tax := cast(0 as decimal(38, 6)),
        less_gross := cast(0 as decimal(38, 6)),
        shipment := g[1]."shipment-id"
      )
    )
  ) as lines,
  list_transform(
    shipments.shipment,
    lambda s: struct_pack(
      id := s."@shipment-id",
      status := lower(s.status."shipping-status"),
      tracking_number := blank(s."tracking-number"),
      method := s."shipping-method"
    )
  ) as shipments,
  list_transform(
    payments.payment,
    lambda p: struct_pack(
      method := case
        when p."custom-method" is not null then p."custom-method"."method-name"
        when p."credit-card" is not null then 'CREDIT_CARD'
        when p."gift-certificate" is not null then 'GIFT_CERTIFICATE'
        when p."bank-transfer" is not null then 'BANK_TRANSFER'
        when p.bml is not null then 'BML'
        when p."dw-apple-pay" is not null then 'DW_APPLE_PAY'
        when p."dw-android-pay" is not null then 'DW_ANDROID_PAY'
        when p."salesforce-payments" is not null then 'Salesforce Payments'
      end,
      kind := p."transaction-type",
      amount := money(p.amount),
      reference := p."transaction-id"
    )
  ) as payments,
  filename
from shaped
