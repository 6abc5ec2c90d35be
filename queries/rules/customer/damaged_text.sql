/* +++
title    = "Names and addresses in Salesforce are whole"
question = "Which people in Salesforce have garbled, cut or swapped names and addresses, or placeholders instead of them?"
severity = "low"
entity   = "customers"
since    = "0.1"
needs    = [
  "shop.customers",
  "salesforce.customers",
  "salesforce.customers.last_name|salesforce.customers.email",
  "salesforce.customers.first_name?",
  "salesforce.customers.email?",
  "salesforce.customers.address1?",
]
why      = "A mailing to JÃ¼rgen or to Test Test is read as carelessness; a cut address loses parcels; placeholders make strangers look like one person."
remedy   = "Garbled: the integration reads UTF-8 as another encoding. Cut: the field is shorter than the text. Swapped: two fields are mapped crosswise. Placeholders: leave the field blank, or mend the form that demands it."
false_alarms = "Somebody whose name really is such a word. A word instead of a family name that the shop does not know is not reported: Salesforce demands one."
fix      = "review"
recheck  = true
checked  = """
select count(*)
from customers as c
inner join systems as s on c.system = s.system and s.side = 'salesforce'
where c.deleted_at is null and c.merged_into is null
"""
+++ */
with people as (
  select
    c.system,
    c.record_id,
    c.first_name,
    c.last_name,
    c.address1,
    c.city,
    c.email,
    c.phone,
    case
      when is_garbled(c.last_name) then 'last_name'
      when is_garbled(c.first_name) then 'first_name'
      when is_garbled(c.address1) then 'address1'
      when is_garbled(c.city) then 'city'
    end as garbled,
    -- Test and None are also names of people: only where nothing else is said.
    coalesce(
      lower(c.last_name) in (
        '[not provided]', 'not provided', 'n/a', 'n.a.', '#n/a', '#value!', '#ref!', '[object object]', '-', '--', '---', '.', '..', '?', '??',
        'xxx', 'xxxx', 'asdf', 'asdfasdf', 'tbd', 'no name', 'noname'
      )
      or (
        lower(c.last_name) in ('test', 'testtest', 'none', 'null', 'undefined', 'nan', 'unknown', 'unbekannt', 'dummy')
        and (c.first_name is null or lower(c.first_name) = lower(c.last_name))
      ),
      false
    ) as has_placeholder_name,
    coalesce(
      email_local(c.email_key) in (
        'none', 'noemail', 'no-email', 'no.email', 'no_email', 'nomail', 'no-mail', 'n-a', 'null', 'nil', 'unknown', 'unbekannt', 'keine',
        'nobody', 'test', 'test1', 'tester', 'testtest', 'xxx', 'xxxx', 'asdf', 'dummy', 'fake'
      ),
      false
    ) as has_placeholder_email,
    coalesce(
      c.phone is not null
      and c.phone_key is null
      and regexp_full_match(regexp_replace(c.phone, '[^0-9]', '', 'g'), '0{5,}|1{5,}|2{5,}|3{5,}|4{5,}|5{5,}|6{5,}|7{5,}|8{5,}|9{5,}|0?123456(7(89?0?)?)?'),
      false
    ) as has_placeholder_phone
  from customers as c
  inner join systems as s on c.system = s.system and s.side = 'salesforce'
  where c.deleted_at is null and c.merged_into is null
),

pairs as (
  select
    p.salesforce_system,
    p.salesforce_id,
    p.shop_system,
    p.shop_id,
    p.name_drift,
    p.address_drift,
    row_number() over (
      partition by p.salesforce_system, p.salesforce_id
      order by
        case when p.name_drift in ('swapped', 'cut', 'garbled') or p.address_drift in ('cut', 'garbled') then 0 else 1 end,
        p.shop_system,
        p.shop_id
    ) as nth
  from customer_pairs as p
),

suspects as (
  select
    f.*,
    p.shop_system,
    p.shop_id,
    case when p.name_drift in ('swapped', 'cut', 'garbled') then p.name_drift end as name_damage,
    case when p.address_drift in ('cut', 'garbled') then p.address_drift end as address_damage
  from people as f
  left join pairs as p on f.system = p.salesforce_system and f.record_id = p.salesforce_id and p.nth = 1
  where
    f.garbled is not null
    or f.has_placeholder_name
    or f.has_placeholder_email
    or f.has_placeholder_phone
    or p.name_drift in ('swapped', 'cut', 'garbled')
    or p.address_drift in ('cut', 'garbled')
),

damaged as (
  select
    x.system,
    x.record_id,
    x.shop_system,
    x.shop_id,
    coalesce(x.email, c.email, x.phone, x.record_id) as label,
    concat_ws(
      '; ',
      case
        when x.name_damage = 'swapped' then 'given and family name are swapped'
        when x.name_damage = 'cut' then 'the name is cut off'
        when x.name_damage = 'garbled' or x.garbled in ('first_name', 'last_name') then 'the name is garbled'
      end,
      case
        when x.address_damage = 'cut' then 'the address is cut off'
        when x.address_damage = 'garbled' or x.garbled in ('address1', 'city') then 'the address is garbled'
      end,
      -- Who has no family name in the shop gets a word in its place.
      case when x.has_placeholder_name and (c.record_id is null or c.last_name is not null) then 'the name is a placeholder' end,
      case when x.has_placeholder_email then 'the e-mail address is a placeholder' end,
      case when x.has_placeholder_phone then 'the phone number is a placeholder' end
    ) as damages,
    diff_of([
      case
        when x.name_damage is not null or x.garbled = 'first_name' or x.has_placeholder_name then diff_if('first_name', c.first_name, x.first_name)
      end,
      case
        when x.name_damage is not null or x.garbled = 'last_name' or x.has_placeholder_name then diff_if('last_name', c.last_name, x.last_name)
      end,
      case when x.address_damage is not null or x.garbled = 'address1' then diff_if('address1', c.address1, x.address1) end,
      case when x.address_damage is not null or x.garbled = 'city' then diff_if('city', c.city, x.city) end,
      case when x.has_placeholder_email then diff_if('email', c.email, x.email) end,
      case when x.has_placeholder_phone then diff_if('phone', c.phone, x.phone) end
    ]) as diff,
    sf.updated_at,
    sf.created_at
  from suspects as x
  inner join customers as sf on x.system = sf.system and x.record_id = sf.record_id
  left join customers as c on x.shop_system = c.system and x.shop_id = c.record_id
)

select
  coalesce(d.shop_system, d.system) as system,
  d.shop_id as record_id,
  d.record_id as salesforce_id,
  d.label,
  'Customer ' || d.label || ' has damaged text in Salesforce: ' || d.damages || '.' as message,
  d.diff,
  coalesce(d.updated_at, d.created_at) as occurred_at,
  d.damages
from damaged as d
where d.damages <> ''
