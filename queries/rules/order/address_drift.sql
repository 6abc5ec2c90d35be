/* +++
title    = "Orders are sent and billed to the same address in shop and Salesforce"
question = "Which orders have another ship-to or bill-to address in Salesforce than in the shop?"
severity = "low"
entity   = "orders"
since    = "0.2"
needs    = [
  "shop.orders",
  "salesforce.orders",
  "salesforce.orders.ship_street|salesforce.orders.ship_postal_code|salesforce.orders.bill_street|salesforce.orders.bill_postal_code",
  "salesforce.orders.ship_street?",
  "salesforce.orders.ship_city?",
  "salesforce.orders.ship_postal_code?",
  "salesforce.orders.ship_country?",
  "salesforce.orders.bill_street?",
  "salesforce.orders.bill_city?",
  "salesforce.orders.bill_postal_code?",
  "salesforce.orders.bill_country?",
]
why      = "Who sends the parcel or the invoice by what Salesforce shows sends it to the wrong place."
remedy   = "Look whether the buyer changed the address after the order was copied, and send such changes too; and whether ship-to and bill-to were mixed up."
false_alarms = "Orders that are redirected in Salesforce on purpose. Capitals, accents, Str. for Straße, a house number before the street, a second line that is left out and text cut at the length of a field are no difference."
fix      = "review"
recheck  = true
optional = true
checked  = """
select count(*)
from order_pairs as p
where p.has_other_address is not null
  and coalesce(p.shop_updated_at, timestamp '1970-01-01') < $as_of - to_minutes(cast($grace_minutes as bigint))
"""

[params.grace_minutes]
default = 15
unit    = "minutes"
help    = "Shop records changed later than this may still be on their way."
+++ */
-- Only what is written otherwise in any way is looked at closely. A part that one side does not hold says nothing.
-- The place has many spellings: it is compared only where no postal code tells.
with written_otherwise as (
  select
    p.shop_system,
    p.shop_id,
    p.salesforce_system,
    p.salesforce_id,
    coalesce(p.number, p.shop_id) as label
  from order_pairs as p
  where
    p.has_other_address
    and p.shop_status is distinct from 'cancelled'
    and p.salesforce_status is distinct from 'cancelled'
    and coalesce(p.shop_updated_at, timestamp '1970-01-01') < $as_of - to_minutes(cast($grace_minutes as bigint))
),

addresses as (
  select
    w.shop_system,
    w.shop_id,
    w.salesforce_system,
    w.salesforce_id,
    w.label,
    'ship' as kind,
    regexp_replace(o.ship_street, '\s*[\r\n]+\s*', ', ', 'g') as shop_street,
    regexp_replace(sf.ship_street, '\s*[\r\n]+\s*', ', ', 'g') as sf_street,
    o.ship_city as shop_city,
    sf.ship_city as sf_city,
    o.ship_postal_code as shop_postal_code,
    sf.ship_postal_code as sf_postal_code,
    o.ship_country as shop_country,
    sf.ship_country as sf_country
  from written_otherwise as w
  inner join orders as o on w.shop_system = o.system and w.shop_id = o.record_id
  inner join orders as sf on w.salesforce_system = sf.system and w.salesforce_id = sf.record_id
  union all
  select
    w.shop_system,
    w.shop_id,
    w.salesforce_system,
    w.salesforce_id,
    w.label,
    'bill' as kind,
    regexp_replace(o.bill_street, '\s*[\r\n]+\s*', ', ', 'g') as shop_street,
    regexp_replace(sf.bill_street, '\s*[\r\n]+\s*', ', ', 'g') as sf_street,
    o.bill_city as shop_city,
    sf.bill_city as sf_city,
    o.bill_postal_code as shop_postal_code,
    sf.bill_postal_code as sf_postal_code,
    o.bill_country as shop_country,
    sf.bill_country as sf_country
  from written_otherwise as w
  inner join orders as o on w.shop_system = o.system and w.shop_id = o.record_id
  inner join orders as sf on w.salesforce_system = sf.system and w.salesforce_id = sf.record_id
),

parts as materialized (
  select
    a.*,
    not coalesce(
      same_text(a.shop_street, a.sf_street)
      or street_words(a.shop_street) = street_words(a.sf_street)
      or starts_with(lower(a.shop_street), lower(a.sf_street) || ',')
      or starts_with(lower(a.sf_street), lower(a.shop_street) || ',')
      or is_cut(a.shop_street, a.sf_street),
      true
    ) as by_street,
    not coalesce(
      postal_key(a.shop_postal_code) = postal_key(a.sf_postal_code)
      or (
        least(length(postal_key(a.shop_postal_code)), length(postal_key(a.sf_postal_code))) >= 5
        and (
          starts_with(postal_key(a.shop_postal_code), postal_key(a.sf_postal_code))
          or starts_with(postal_key(a.sf_postal_code), postal_key(a.shop_postal_code))
        )
      ),
      true
    ) as by_postal_code,
    (a.shop_postal_code is null or a.sf_postal_code is null)
    and not coalesce(same_text(a.shop_city, a.sf_city) or is_cut(a.shop_city, a.sf_city), true) as by_city,
    coalesce(country_code(a.shop_country) <> country_code(a.sf_country), false) as by_country
  from addresses as a
),

drifted as (
  select
    p.shop_system,
    p.shop_id,
    p.salesforce_system,
    p.salesforce_id,
    p.label,
    min(p.kind) as first_kind,
    max(p.kind) as last_kind,
    list(
      diff_of([
        case when p.by_street then diff_field(p.kind || '_street', p.shop_street, p.sf_street) end,
        case when p.by_postal_code then diff_field(p.kind || '_postal_code', p.shop_postal_code, p.sf_postal_code) end,
        case when p.by_city then diff_field(p.kind || '_city', p.shop_city, p.sf_city) end,
        case when p.by_country then diff_field(p.kind || '_country', p.shop_country, p.sf_country) end
      ]) order by p.kind desc
    ) as diffs
  from parts as p
  where p.by_street or p.by_postal_code or p.by_city or p.by_country
  group by
    p.shop_system,
    p.shop_id,
    p.salesforce_system,
    p.salesforce_id,
    p.label
)

select
  d.shop_system as system,
  d.shop_id as record_id,
  d.salesforce_id,
  d.label,
  'Order ' || d.label || ' is '
  || case
    when d.first_kind <> d.last_kind then 'sent and billed'
    when d.first_kind = 'ship' then 'sent'
    else 'billed'
  end || ' to another address in Salesforce than ' || in_system(d.shop_system) || '.' as message,
  flatten(d.diffs) as diff,
  coalesce(o.placed_at, o.created_at) as occurred_at,
  o.fulfillment_status,
  o.channel,
  sf.last_synced_at
from drifted as d
inner join orders as o on d.shop_system = o.system and d.shop_id = o.record_id
inner join orders as sf on d.salesforce_system = sf.system and d.salesforce_id = sf.record_id
