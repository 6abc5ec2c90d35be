/* +++
after = ["customer_links", "compared"]
+++ */
-- Joined and compared once, so that rules about customers scan flags and fetch names and addresses only of what differs. Two records that
-- only share an address may be two people of one household: values are compared where the id says who it is. A customer of a store that lies
-- in the audited org is the very record of Salesforce and cannot differ from it.
with
-- A kind of record that no field is mapped for has no value at all: there a blank says nothing.
told as (
  select
    c.system,
    c.object,
    count(c.email) > 0 as has_email,
    count(c.phone) > 0 as has_phone,
    count(c.address1) > 0 as has_address
  from customers as c
  inner join systems as s on c.system = s.system and s.side = 'salesforce'
  group by
    c.system,
    c.object
),

pairs as (
  select
    l.shop_system,
    l.shop_id,
    l.salesforce_system,
    l.salesforce_id,
    l.method,
    l.certainty,
    c.is_guest,
    c.state as shop_state,
    c.email_consent as shop_email_consent,
    sf.email_consent as salesforce_email_consent,
    c.sms_consent as shop_sms_consent,
    sf.sms_consent as salesforce_sms_consent,
    c.updated_at as shop_updated_at,
    l.method = 'external_id' and l.shop_id <> l.salesforce_id and coalesce(c.state, '') not in ('redacted', 'merged') as is_same,
    c.email_key,
    sf.email_key as sf_email_key,
    c.phone,
    sf.phone as sf_phone,
    c.phone_key,
    sf.phone_key as sf_phone_key,
    c.first_name,
    sf.first_name as sf_first_name,
    c.last_name,
    sf.last_name as sf_last_name,
    c.address1,
    c.address2,
    sf.address1 as sf_address1,
    sf.address2 as sf_address2,
    c.city,
    sf.city as sf_city,
    c.postal_key,
    sf.postal_key as sf_postal_key,
    c.country,
    sf.country as sf_country,
    t.has_email as tells_email,
    t.has_phone as tells_phone,
    t.has_address as tells_address
  from customer_links as l
  inner join compared as o on l.shop_system = o.system and o.entity = 'customers'
  inner join customers as c on l.shop_system = c.system and l.shop_id = c.record_id
  inner join customers as sf on l.salesforce_system = sf.system and l.salesforce_id = sf.record_id
  inner join told as t on sf.system = t.system and sf.object is not distinct from t.object
  where l.is_primary
),

joined as (
  select
    *,
    is_same and email_key is not null and (sf_email_key is not null or tells_email) as has_email,
    is_same and phone_key is not null and (sf_phone is not null or tells_phone) as has_phone,
    is_same and (first_name is not null or last_name is not null) and (sf_first_name is not null or sf_last_name is not null) as has_name,
    is_same and address1 is not null and (sf_address1 is not null or tells_address) as has_address,
    concat_ws(' ', first_name, last_name) as name,
    concat_ws(' ', sf_first_name, sf_last_name) as sf_name,
    concat_ws(' ', address1, address2) as street,
    concat_ws(' ', sf_address1, sf_address2) as sf_street
  from pairs
)

select
  shop_system,
  shop_id,
  salesforce_system,
  salesforce_id,
  method,
  certainty,
  is_guest,
  shop_state,
  has_email,
  case
    when not has_email or email_key = sf_email_key then null
    when sf_email_key is null then 'blank'
    else 'other'
  end as email_drift,
  has_phone,
  case
    when not has_phone or phone_key = sf_phone_key then null
    when sf_phone is null then 'blank'
    -- A number that cannot be read as one of a country may be the same without its prefix.
    when sf_phone_key is null and right(regexp_replace(sf_phone, '[^0-9]', '', 'g'), 7) = right(phone_key, 7) then null
    else 'other'
  end as phone_drift,
  has_name,
  case
    when not has_name or name = sf_name then null
    when same_text(name, sf_name) then null
    -- Salesforce demands a family name: who has one name only has it there, or a word in its place.
    when first_name is null and same_text(last_name, coalesce(sf_last_name, sf_first_name)) then null
    when last_name is null and (same_text(first_name, sf_first_name) or same_text(first_name, sf_last_name)) then null
    when same_text(first_name, sf_last_name) and same_text(last_name, sf_first_name) then 'swapped'
    else coalesce(damage(last_name, sf_last_name), damage(first_name, sf_first_name), 'other')
  end as name_drift,
  has_address,
  case
    when not has_address then null
    when sf_address1 is null then 'blank'
    when
      (street = sf_street or same_text(street, sf_street) or street_words(street) = street_words(sf_street))
      and (
        postal_key is null
        or sf_postal_key is null
        or postal_key = sf_postal_key
        or (length(sf_postal_key) >= 4 and starts_with(postal_key, sf_postal_key))
        or (length(postal_key) >= 4 and starts_with(sf_postal_key, postal_key))
      )
      -- A city may have several names; under one postal code it is one.
      and (city is null or sf_city is null or postal_key = sf_postal_key or same_text(city, sf_city))
      and (country is null or sf_country is null or country = sf_country)
      then null
    else coalesce(damage(street, sf_street), damage(address1, sf_address1), damage(city, sf_city), 'other')
  end as address_drift,
  shop_email_consent,
  salesforce_email_consent,
  shop_sms_consent,
  salesforce_sms_consent,
  shop_updated_at
from joined
