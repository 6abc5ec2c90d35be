-- Refund as Salesforce holds it; an org shows as many of these columns as it has.
select
  cast(null as varchar) as id,
  cast(null as varchar) as isdeleted,
  cast(null as varchar) as createddate,
  cast(null as varchar) as lastmodifieddate,
  cast(null as varchar) as systemmodstamp,
  cast(null as varchar) as createdbyid,
  cast(null as varchar) as lastmodifiedbyid,
  cast(null as varchar) as currencyisocode,
  cast(null as varchar) as paymentgroupid,
  cast(null as varchar) as orderpaymentsummaryid,
  cast(null as varchar) as amount,
  cast(null as varchar) as status,
  cast(null as varchar) as type,
  cast(null as varchar) as processingmode,
  cast(null as varchar) as date,
  cast(null as varchar) as comments
where false
