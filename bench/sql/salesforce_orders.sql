select sf(i * 2 + copy, '801') as "Id", 'false' as "IsDeleted", moment(i, 60 + copy * 900) as "CreatedDate", moment(i, 700) as "LastModifiedDate",
  moment(i, 700) as "SystemModstamp", sf(1, '005') as "CreatedById", case when i % 100 <> 3 then (5000000000000 + i)::varchar end as "Shop_Order_Id__c",
  '#' || (1000 + i) as "Shop_Order_Number__c", sf(customer_of(i), '001') as "AccountId", 'buyer' || customer_of(i) || '@example.com' as "Buyer_Email__c",
  case when i % 3 = 0 then 'Completed' else 'Activated' end as "Status", 'EUR' as "CurrencyIsoCode", text_of(cents(i)) as "Subtotal__c",
  '0.00' as "Discount__c", '4.90' as "Shipping__c", text_of((cents(i) + 490) * 19 // 119) as "Tax__c", '0.00' as "Duties__c", '0.00' as "Tip__c",
  text_of(cents(i) + 490 + case when i % 100 = 42 then 250 else 0 end) as "Total__c", text_of(cents(i) + 490) as "Current_Total__c",
  '0.00' as "Refunded__c", 'false' as "Is_Test__c", case when i % 20 = 0 then 'pos' else 'web' end as "Channel__c", moment(i, 0) as "Placed_At__c",
  moment(i, 700) as "Last_Synced_At__c"
from range(0, $size) as t(i), range(0, 2) as u(copy) where i % 200 <> 77 and (copy = 0 or i % 500 = 9)
