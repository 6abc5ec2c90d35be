-- Refunds with their lines, whose amounts and quantities are negative. Read below its order, a refund names the order only in its links.
select
  cast(id as varchar) as id,
  cast(null as varchar) as parent_id,
  cast(null as timestamp) as updated_at,
  coalesce(cast(nullif(parent_id, 0) as varchar), nullif(regexp_extract(_links.up[1].href, '/orders/([1-9][0-9]*)$', 1), '')) as order_id,
  utc(date_created_gmt) as created_at,
  money(amount) as amount,
  reason,
  refunded_by,
  refunded_payment,
  line_items,
  coalesce(list_sum(list_transform(line_items, lambda l: money(l.total_tax))), 0)
  + coalesce(list_sum(list_transform(shipping_lines, lambda l: money(l.total_tax))), 0)
  + coalesce(list_sum(list_transform(fee_lines, lambda l: money(l.total_tax))), 0) as tax,
  filename
from read_json(
  $files,
  format = 'newline_delimited',
  filename = true,
  columns = {
    'id': 'bigint',
    'parent_id': 'bigint',
    'date_created_gmt': 'varchar',
    'amount': 'varchar',
    'reason': 'varchar',
    'refunded_by': 'bigint',
    'refunded_payment': 'boolean',
    'line_items': 'struct(
      id bigint,
      quantity varchar,
      total varchar,
      total_tax varchar,
      meta_data struct("key" varchar, "value" json)[]
    )[]',
    'shipping_lines': 'struct(total_tax varchar)[]',
    'fee_lines': 'struct(total_tax varchar)[]',
    '_links': 'struct(up struct(href varchar)[])'
  }
)
