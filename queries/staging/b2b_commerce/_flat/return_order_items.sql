-- ReturnOrderLineItem as Salesforce holds it; an org shows as many of these columns as it has.
select
  cast(null as varchar) as id,
  cast(null as varchar) as isdeleted,
  cast(null as varchar) as createddate,
  cast(null as varchar) as lastmodifieddate,
  cast(null as varchar) as systemmodstamp,
  cast(null as varchar) as createdbyid,
  cast(null as varchar) as lastmodifiedbyid,
  cast(null as varchar) as currencyisocode,
  cast(null as varchar) as returnorderid,
  cast(null as varchar) as orderitemid,
  cast(null as varchar) as orderitemsummaryid,
  cast(null as varchar) as product2id,
  cast(null as varchar) as quantityreturned,
  cast(null as varchar) as quantityreceived,
  cast(null as varchar) as quantityexpected,
  cast(null as varchar) as reasonforreturn,
  cast(null as varchar) as repaymentmethod,
  cast(null as varchar) as type,
  cast(null as varchar) as typecode
where false
