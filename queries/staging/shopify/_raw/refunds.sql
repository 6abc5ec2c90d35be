-- Orders that have refunds, with everything inside the refund as plain lists.
select
  id,
  cast(null as varchar) as parent_id,
  utc(updatedat) as updated_at,
  refunds,
  filename
from read_json(
  $files,
  format = 'newline_delimited',
  filename = true,
  maximum_object_size = 134217728,
  columns = {
    'id': 'varchar',
    'updatedAt': 'varchar',
    'refunds': 'struct(
      id varchar,
      createdAt varchar,
      processedAt varchar,
      updatedAt varchar,
      note varchar,
      totalRefundedSet struct(shopMoney struct(amount decimal(38, 6), currencyCode varchar)),
      refundLineItems struct(
        id varchar,
        quantity bigint,
        restockType varchar,
        lineItem struct(id varchar),
        subtotalSet struct(shopMoney struct(amount decimal(38, 6), currencyCode varchar)),
        totalTaxSet struct(shopMoney struct(amount decimal(38, 6)))
      )[],
      refundShippingLines struct(
        id varchar,
        subtotalAmountSet struct(shopMoney struct(amount decimal(38, 6))),
        taxAmountSet struct(shopMoney struct(amount decimal(38, 6)))
      )[],
      transactions struct(
        id varchar,
        kind varchar,
        status varchar,
        amountSet struct(shopMoney struct(amount decimal(38, 6)))
      )[]
    )[]'
  }
)
