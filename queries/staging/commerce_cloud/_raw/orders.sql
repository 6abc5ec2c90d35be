-- Orders of the Admin API. Every kind of line becomes one entry of lines: goods, their options, the parts of bundles, gift certificates.
-- Amounts of an entry are before its adjustments; less_* is what the adjustments take off (positive).
with
landed as (
  select *
  from read_json(
    $files,
    format = 'newline_delimited',
    filename = true,
    columns = {
      'orderNo': 'varchar',
      'siteId': 'varchar',
      'creationDate': 'varchar',
      'placeDate': 'varchar',
      'lastModified': 'varchar',
      'status': 'varchar',
      'paymentStatus': 'varchar',
      'shippingStatus': 'varchar',
      'exportStatus': 'varchar',
      'externalOrderNo': 'varchar',
      'channelType': 'varchar',
      'createdBy': 'varchar',
      'currency': 'varchar',
      'taxation': 'varchar',
      'orderTotal': 'decimal(38, 6)',
      'productTotal': 'decimal(38, 6)',
      'shippingTotal': 'decimal(38, 6)',
      'taxTotal': 'decimal(38, 6)',
      'customerInfo': 'struct("customerNo" varchar, email varchar, guest boolean)',
      'billingAddress': 'struct(address1 varchar, address2 varchar, city varchar, "postalCode" varchar, "countryCode" varchar)',
      'productItems': 'struct(
        position varchar,
        "productId" varchar,
        "productName" varchar,
        "itemText" varchar,
        quantity decimal(18, 4),
        "basePrice" decimal(38, 6),
        "netPrice" decimal(38, 6),
        tax decimal(38, 6),
        "grossPrice" decimal(38, 6),
        "shipmentId" varchar,
        "bonusProductLineItem" boolean,
        "priceAdjustments" struct("netPrice" decimal(38, 6), tax decimal(38, 6), "grossPrice" decimal(38, 6))[],
        "optionItems" struct(
          "optionId" varchar,
          "productId" varchar,
          "itemText" varchar,
          "basePrice" decimal(38, 6),
          "netPrice" decimal(38, 6),
          tax decimal(38, 6),
          "grossPrice" decimal(38, 6),
          "priceAdjustments" struct("netPrice" decimal(38, 6), tax decimal(38, 6), "grossPrice" decimal(38, 6))[]
        )[],
        "bundledProductItems" struct(
          "productId" varchar,
          "productName" varchar,
          "itemText" varchar,
          quantity decimal(18, 4),
          "basePrice" decimal(38, 6),
          "netPrice" decimal(38, 6),
          tax decimal(38, 6),
          "grossPrice" decimal(38, 6)
        )[]
      )[]',
      'giftCertificateItems': 'struct(
        "itemText" varchar,
        "basePrice" decimal(38, 6),
        "netPrice" decimal(38, 6),
        tax decimal(38, 6),
        "grossPrice" decimal(38, 6),
        "shipmentId" varchar
      )[]',
      'shipments': 'struct(
        "shipmentId" varchar,
        "shippingStatus" varchar,
        "trackingNumber" varchar,
        "shippingMethod" struct(id varchar),
        "shippingAddress" struct(address1 varchar, address2 varchar, city varchar, "postalCode" varchar, "countryCode" varchar)
      )[]',
      'paymentInstruments': 'struct(
        "paymentMethodId" varchar,
        "paymentTransaction" struct(amount decimal(38, 6), "transactionId" varchar)
      )[]'
    }
  )
),

counted as (
  select
    *,
    list_zip(productitems, range(1, len(productitems) + 1)) as items,
    list_zip(giftcertificateitems, range(1, len(giftcertificateitems) + 1)) as gifts,
    len(list_distinct(list_transform(productitems, lambda p: p.position))) = len(productitems) as has_positions,
    -- what is sent to several places has no address of its own
    case
      when len(list_distinct(list_transform(shipments, lambda s: s.shippingaddress))) = 1
        then list_distinct(list_transform(shipments, lambda s: s.shippingaddress))[1]
    end as goes_to
  from landed
)

select
  coalesce(siteid, '') || '/' || orderno as id,
  cast(null as varchar) as parent_id,
  utc(lastmodified) as updated_at,
  orderno as number,
  siteid as site,
  utc(creationdate) as created_at,
  utc(placedate) as placed_at,
  cast(null as timestamp) as deleted_at,
  lower(status) as status,
  lower(paymentstatus) as payment_status,
  lower(shippingstatus) as shipping_status,
  lower(exportstatus) as export_status,
  blank(externalorderno) as external_number,
  lower(channeltype) as channel,
  createdby as created_by,
  currency,
  lower(taxation) = 'gross' as is_gross,
  ordertotal as total,
  producttotal as goods,
  shippingtotal as shipping,
  taxtotal as tax,
  customerinfo.customerno as customer_no,
  customerinfo.email as email,
  customerinfo.guest as is_guest,
  coalesce(shipments[1].shippingaddress.countrycode, billingaddress.countrycode) as country,
  nullif(concat_ws(', ', blank(goes_to.address1), blank(goes_to.address2)), '') as ship_street,
  blank(goes_to.city) as ship_city,
  blank(goes_to.postalcode) as ship_postal_code,
  goes_to.countrycode as ship_country,
  nullif(concat_ws(', ', blank(billingaddress.address1), blank(billingaddress.address2)), '') as bill_street,
  blank(billingaddress.city) as bill_city,
  blank(billingaddress.postalcode) as bill_postal_code,
  billingaddress.countrycode as bill_country,
  cast(null as varchar) as replaces,
  cast(null as varchar) as replaced_by,
  list_concat(
    list_transform(
      items,
      lambda i: struct_pack(
        kind := 'product',
        position := case when has_positions then i[1].position else cast(i[2] as varchar) end,
        part := '',
        sku := i[1].productid,
        title := coalesce(i[1].productname, i[1].itemtext),
        quantity := i[1].quantity,
        base := i[1].baseprice,
        net := i[1].netprice,
        tax := i[1].tax,
        gross := i[1].grossprice,
        less_net := -coalesce(list_sum(list_transform(i[1].priceadjustments, lambda a: a.netprice)), 0),
        less_tax := -coalesce(list_sum(list_transform(i[1].priceadjustments, lambda a: a.tax)), 0),
        less_gross := -coalesce(list_sum(list_transform(i[1].priceadjustments, lambda a: a.grossprice)), 0),
        shipment := i[1].shipmentid
      )
    ),
    flatten(
      list_transform(
        items,
        lambda i: list_transform(
          i[1].optionitems,
          lambda o: struct_pack(
            kind := 'option',
            position := case when has_positions then i[1].position else cast(i[2] as varchar) end,
            part := o.optionid,
            sku := o.productid,
            title := o.itemtext,
            quantity := i[1].quantity,
            base := o.baseprice,
            net := o.netprice,
            tax := o.tax,
            gross := o.grossprice,
            less_net := -coalesce(list_sum(list_transform(o.priceadjustments, lambda a: a.netprice)), 0),
            less_tax := -coalesce(list_sum(list_transform(o.priceadjustments, lambda a: a.tax)), 0),
            less_gross := -coalesce(list_sum(list_transform(o.priceadjustments, lambda a: a.grossprice)), 0),
            shipment := i[1].shipmentid
          )
        )
      )
    ),
    flatten(
      list_transform(
        items,
        lambda i: list_transform(
          i[1].bundledproductitems,
          lambda b: struct_pack(
            kind := 'bundled',
            position := case when has_positions then i[1].position else cast(i[2] as varchar) end,
            part := b.productid,
            sku := b.productid,
            title := coalesce(b.productname, b.itemtext),
            quantity := b.quantity,
            base := b.baseprice,
            net := b.netprice,
            tax := b.tax,
            gross := b.grossprice,
            less_net := cast(0 as decimal(38, 6)),
            less_tax := cast(0 as decimal(38, 6)),
            less_gross := cast(0 as decimal(38, 6)),
            shipment := i[1].shipmentid
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
        title := g[1].itemtext,
        quantity := cast(1 as decimal(18, 4)),
        base := g[1].baseprice,
        net := g[1].netprice,
        tax := g[1].tax,
        gross := g[1].grossprice,
        less_net := cast(0 as decimal(38, 6)),
        less_tax := cast(0 as decimal(38, 6)),
        less_gross := cast(0 as decimal(38, 6)),
        shipment := g[1].shipmentid
      )
    )
  ) as lines,
  list_transform(
    shipments,
    lambda s: struct_pack(
      id := s.shipmentid,
      status := lower(s.shippingstatus),
      tracking_number := blank(s.trackingnumber),
      method := s.shippingmethod.id
    )
  ) as shipments,
  list_transform(
    paymentinstruments,
    lambda p: struct_pack(
      method := p.paymentmethodid,
      kind := cast(null as varchar),
      amount := p.paymenttransaction.amount,
      reference := p.paymenttransaction.transactionid
    )
  ) as payments,
  filename
from counted
