select
  'gid://shopify/Customer/' || (6000000000000 + i) as id, moment(i, 0) as "createdAt", moment(i, 5) as "updatedAt", 'Given' || i % 700 as "firstName",
  'Family' || i % 9000 as "lastName", 'DISABLED' as state, [] as tags, '4' as "numberOfOrders",
  {'amount': '100.0', 'currencyCode': 'EUR'} as "amountSpent",
  {'emailAddress': 'buyer' || i || '@example.com', 'marketingState': case when i % 5 = 0 then 'UNSUBSCRIBED' else 'SUBSCRIBED' end} as "defaultEmailAddress",
  {'phoneNumber': '+4930' || (1000000 + i), 'marketingState': 'NOT_SUBSCRIBED'} as "defaultPhoneNumber"
from range(1, greatest($size // 4, 1) + 1) as t(i)
