select
  'gid://shopify/ShippingLine/' || (8500000000000 + i) as id, 'Standard' as title, 'STD' as code, false as "isRemoved",
  bag(490) as "originalPriceSet", bag(490) as "discountedPriceSet", 'gid://shopify/Order/' || (5000000000000 + i) as "__parentId"
from range($from, $to) as t(i) where i % 200 <> 11
