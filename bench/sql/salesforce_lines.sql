select sf(i * 4 + k, '802') as "Id", 'false' as "IsDeleted", moment(i, 61) as "CreatedDate", moment(i, 700) as "LastModifiedDate", moment(i, 700) as "SystemModstamp",
  sf(i * 2, '801') as "OrderId", (8000000000000 + i * 4 + k)::varchar as "Shop_Line_Id__c", sf((i * 31 + k) % 1000, '01t') as "Product2Id",
  'SKU-' || lpad(((i * 31 + k) % 1000)::varchar, 5, '0') as "Product2.StockKeepingUnit",
  (1 + (i + k) % 3 + case when i % 300 = 5 then 1 else 0 end) || '.0' as "Quantity", text_of(line_cents(i, k)) as "UnitPrice",
  text_of(line_cents(i, k)) as "TotalPrice"
from range(0, $size) as t(i), range(0, 2) as u(k) where i % 200 <> 77
