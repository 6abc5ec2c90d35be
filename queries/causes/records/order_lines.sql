/* +++
entity = "order_lines"
noun   = "lines"

[words]
system    = "from {}"
sku       = "of SKU {}"
gift_card = "of gift cards"
bundle    = "parts of bundles"
+++ */
select
  l.system,
  l.record_id,
  l.sku_key as sku,
  case when l.is_gift_card then 'yes' end as gift_card,
  case when l.parent_line_id is not null then 'yes' end as bundle
from order_lines as l
