select 'gid://shopify/Product/' || (9000000000000 + i) as id, null as "__parentId", 'Article ' || i as title, 'ACTIVE' as status, false as "isGiftCard",
  moment(i, 0) as "createdAt", moment(i, 1) as "updatedAt", null as sku, null as price, null as "inventoryItem" from range(0, 1000) as t(i)
union all
select 'gid://shopify/ProductVariant/' || (9100000000000 + i), 'gid://shopify/Product/' || (9000000000000 + i), 'Default Title', null, null,
  moment(i, 0), moment(i, 1), 'SKU-' || lpad(i::varchar, 5, '0'), text_of(1000 + i), {'id': 'gid://shopify/InventoryItem/' || (9200000000000 + i), 'tracked': true}
from range(0, 1000) as t(i)
