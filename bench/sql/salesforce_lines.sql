select sf(i * 4 + k, '802') as "Id", 'false' as "IsDeleted", moment(i, 61) as "CreatedDate", moment(i, 700) as "LastModifiedDate", moment(i, 700) as "SystemModstamp",
  sf(i * 2, '801') as "OrderId", (8000000000000 + i * 4 + k)::varchar as "Shop_Line_Id__c", sf(item_of(i, k), '01t') as "Product2Id",
  'SKU-' || lpad(item_of(i, k)::varchar, 5, '0') as "Product2.StockKeepingUnit",
  arrived(i, k) || '.0' as "Quantity", text_of(unit_cents(i, k)) as "UnitPrice", text_of(unit_cents(i, k) * arrived(i, k)) as "TotalPrice"
from range(0, $size) as t(i), range(0, 2) as u(k) where i % 200 <> 77
