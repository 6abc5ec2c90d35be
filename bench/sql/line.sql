select
  'gid://shopify/LineItem/' || (8000000000000 + i * 4 + k) as id, 'Article ' || (i * 31 + k) % 1000 as name, 'Article ' || (i * 31 + k) % 1000 as title,
  null as "variantTitle", 'SKU-' || lpad(((i * 31 + k) % 1000)::varchar, 5, '0') as sku, 1 + (i + k) % 3 as quantity,
  1 + (i + k) % 3 as "currentQuantity", false as "isGiftCard", true as "requiresShipping",
  {'id': 'gid://shopify/Product/' || (9000000000000 + (i * 31 + k) % 1000)} as product,
  {'id': 'gid://shopify/ProductVariant/' || (9100000000000 + (i * 31 + k) % 1000)} as variant, bag(line_cents(i, k)) as "originalUnitPriceSet",
  bag(line_cents(i, k)) as "originalTotalSet", bag(line_cents(i, k)) as "discountedTotalSet", [] as "discountAllocations",
  [{'title': 'VAT', 'rate': 0.19, 'priceSet': bag(line_cents(i, k) * 19 // 119)}] as "taxLines",
  'gid://shopify/Order/' || (5000000000000 + i) as "__parentId"
from range($from, $to) as t(i), range(0, 2) as u(k) where i % 200 <> 11
