select
  'gid://shopify/LineItem/' || (8000000000000 + i * 4 + k) as id, 'Article ' || item_of(i, k) as name, 'Article ' || item_of(i, k) as title,
  null as "variantTitle", 'SKU-' || lpad(item_of(i, k)::varchar, 5, '0') as sku, quantity_of(i, k) as quantity,
  quantity_of(i, k) as "currentQuantity", false as "isGiftCard", true as "requiresShipping",
  {'id': 'gid://shopify/Product/' || (9000000000000 + item_of(i, k))} as product,
  {'id': 'gid://shopify/ProductVariant/' || (9100000000000 + item_of(i, k))} as variant, bag(unit_cents(i, k)) as "originalUnitPriceSet",
  bag(line_cents(i, k)) as "originalTotalSet", bag(line_cents(i, k)) as "discountedTotalSet", [] as "discountAllocations",
  [{'title': 'VAT', 'rate': 0.19, 'priceSet': bag(line_cents(i, k) * 19 // 119)}] as "taxLines",
  'gid://shopify/Order/' || (5000000000000 + i) as "__parentId"
from range($from, $to) as t(i), range(0, 2) as u(k) where i % 200 <> 11
