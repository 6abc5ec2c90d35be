-- FulfillmentOrder as Salesforce holds it; an org shows as many of these columns as it has.
select
  cast(null as varchar) as id,
  cast(null as varchar) as isdeleted,
  cast(null as varchar) as createddate,
  cast(null as varchar) as lastmodifieddate,
  cast(null as varchar) as systemmodstamp,
  cast(null as varchar) as createdbyid,
  cast(null as varchar) as lastmodifiedbyid,
  cast(null as varchar) as currencyisocode,
  cast(null as varchar) as fulfillmentordernumber,
  cast(null as varchar) as orderid,
  cast(null as varchar) as ordersummaryid,
  cast(null as varchar) as fulfilledfromlocationid,
  cast(null as varchar) as status,
  cast(null as varchar) as statuscategory,
  cast(null as varchar) as type,
  cast(null as varchar) as isreship,
  cast(null as varchar) as activateddate,
  cast(null as varchar) as closeddate
where false
