select sf(i, '001') as "Id", 'false' as "IsDeleted", moment(i, 30) as "CreatedDate", moment(i, 40) as "LastModifiedDate", moment(i, 40) as "SystemModstamp",
  (6000000000000 + i)::varchar as "Shop_Customer_Id__c", 'buyer' || i || '@example.com' as "PersonEmail", '+49 30 ' || (1000000 + i) as "Phone",
  'Given' || i % 700 as "FirstName", 'Family' || i % 9000 as "LastName", 'DE' as "PersonMailingCountryCode",
  case when i % 5 = 0 and i % 40 <> 0 then 'true' else 'false' end as "PersonHasOptedOutOfEmail"
from range(1, greatest($size // 4, 1) + 1) as t(i) where i % 150 <> 8
