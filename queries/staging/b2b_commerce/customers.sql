-- Buyers: contacts of accounts that may buy or have bought, and person accounts. Everybody else in the org is no customer of the shop.
with
buyers as (
  select id18(buyerid) as account_id
  from raw.buyer_accounts
  where not coalesce(try_flag(isdeleted), false)
  union
  select id18(buyerid) as account_id
  from raw.buyer_group_members
  where not coalesce(try_flag(isdeleted), false)
  union
  select id18(accountid) as account_id
  from raw.orders
  where accountid is not null
),

persons as (
  select
    id18(a.id) as record_id,
    'person_account' as object,
    a.personemail as email,
    coalesce(blank(a.phone), blank(a.personmobilephone)) as phone,
    a.firstname as first_name,
    a.lastname as last_name,
    cast(null as varchar) as company,
    a.personmailingstreet as street,
    a.personmailingcity as city,
    a.personmailingstate as state,
    a.personmailingpostalcode as postal_code,
    a.personmailingcountry as country,
    a.personhasoptedoutofemail as opted_out,
    cast(null as varchar) as account_id,
    a.masterrecordid as master_id,
    a.createddate,
    a.lastmodifieddate,
    a.systemmodstamp,
    a.isdeleted,
    a.seen_at,
    a.file,
    a.line
  from raw.accounts as a
  inner join buyers as b on id18(a.id) = b.account_id
  where try_flag(a.ispersonaccount)
),

contacts as (
  select
    id18(c.id) as record_id,
    'contact' as object,
    c.email,
    coalesce(blank(c.phone), blank(c.mobilephone)) as phone,
    c.firstname as first_name,
    c.lastname as last_name,
    a.name as company,
    c.mailingstreet as street,
    c.mailingcity as city,
    c.mailingstate as state,
    c.mailingpostalcode as postal_code,
    c.mailingcountry as country,
    c.hasoptedoutofemail as opted_out,
    id18(c.accountid) as account_id,
    c.masterrecordid as master_id,
    c.createddate,
    c.lastmodifieddate,
    c.systemmodstamp,
    c.isdeleted,
    c.seen_at,
    c.file,
    c.line
  from raw.contacts as c
  inner join buyers as b on id18(c.accountid) = b.account_id
  left join raw.accounts as a on id18(c.accountid) = id18(a.id)
  where not coalesce(try_flag(c.ispersonaccount), false)
),

people as (
  select * from persons
  union all
  select * from contacts
),

bought as (
  select
    id18(coalesce(p.id, o.billtocontactid, o.accountid)) as customer_id,
    count(*) as orders
  from raw.orders as o
  left join raw.accounts as p on o.accountid = p.id and try_flag(p.ispersonaccount)
  where o.relatedorderid is null and o.originalorderid is null and not coalesce(try_flag(o.isdeleted), false)
  group by id18(coalesce(p.id, o.billtocontactid, o.accountid))
)

select
  p.record_id,
  p.object,
  blank(p.email) as email,
  email_key(p.email) as email_key,
  email_key_weak(p.email) as email_key_weak,
  p.phone,
  blank(p.first_name) as first_name,
  blank(p.last_name) as last_name,
  name_key(p.first_name, p.last_name) as name_key,
  blank(p.company) as company,
  blank(p.street) as address1,
  blank(p.city) as city,
  blank(p.state) as region,
  blank(p.postal_code) as postal_code,
  postal_key(p.postal_code) as postal_key,
  country_code(p.country) as country,
  false as is_guest,
  case when p.master_id is not null then 'merged' else 'enabled' end as state,
  id18(p.master_id) as merged_into,
  p.account_id,
  case try_flag(p.opted_out)
    when true then 'unsubscribed'
    when false then 'subscribed'
  end as email_consent,
  coalesce(o.orders, 0) as orders_count,
  try_utc(p.createddate) as created_at,
  try_utc(coalesce(p.lastmodifieddate, p.systemmodstamp)) as updated_at,
  case when try_flag(p.isdeleted) then coalesce(try_utc(p.systemmodstamp), p.seen_at) end as deleted_at,
  p.seen_at,
  p.file,
  p.line
from people as p
left join bought as o on p.record_id = o.customer_id
