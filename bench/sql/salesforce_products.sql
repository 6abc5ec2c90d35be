select sf(i, '01t') as "Id", 'false' as "IsDeleted", moment(i, 30) as "CreatedDate", moment(i, 40) as "LastModifiedDate", moment(i, 40) as "SystemModstamp",
  (9100000000000 + i)::varchar as "Shop_Variant_Id__c", 'SKU-' || lpad(i::varchar, 5, '0') as "StockKeepingUnit", 'Article ' || i as "Name",
  'true' as "IsActive"
from range(0, 1000) as t(i)
