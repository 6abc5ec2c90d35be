-- OrderPaymentSummary as Salesforce holds it; an org shows as many of these columns as it has.
select
  cast(null as varchar) as id,
  cast(null as varchar) as isdeleted,
  cast(null as varchar) as createddate,
  cast(null as varchar) as lastmodifieddate,
  cast(null as varchar) as systemmodstamp,
  cast(null as varchar) as createdbyid,
  cast(null as varchar) as lastmodifiedbyid,
  cast(null as varchar) as currencyisocode,
  cast(null as varchar) as ordersummaryid,
  cast(null as varchar) as method,
  cast(null as varchar) as type,
  cast(null as varchar) as authorizationamount,
  cast(null as varchar) as authorizationreversalamount,
  cast(null as varchar) as capturedamount,
  cast(null as varchar) as pendingcaptureamount,
  cast(null as varchar) as refundedamount,
  cast(null as varchar) as pendingrefundamount,
  cast(null as varchar) as balanceamount
where false
