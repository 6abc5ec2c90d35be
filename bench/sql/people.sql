-- Customers of whom it is known who is who: households, businesses, namesakes, and duplicates as people and integrations make them.
-- $size records, everything decided by hashes of the row number and $seed. Rates are guesses.
create or replace macro chance(what, id) as (hash(what, id, $seed) % 1000003 / 1000003.0);

create or replace macro pick(names, c) as (names[1 + cast(floor(c * len(names)) as integer)]);

create or replace table lists as
select
  string_split('james john robert michael william david richard joseph thomas charles mary patricia jennifer linda elizabeth barbara susan jessica sarah karen daniel matthew anthony mark donald steven paul andrew joshua kenneth lisa nancy betty sandra margaret ashley kimberly emily donna michelle kevin brian george edward ronald timothy jason jeffrey ryan jacob carol amanda melissa deborah stephanie rebecca sharon laura cynthia kathleen peter klaus hans jurgen wolfgang andreas stefan christian uwe frank monika petra sabine renate ursula claudia susanne gabriele birgit martina jan lukas felix leon jonas anna lena lea marie sophie hannah julia katharina alexander benjamin samuel gregory patrick dennis jerry tyler aaron jose henry adam douglas nathan zachary olivia emma ava isabella mia charlotte amelia harper evelyn abigail', ' ') as given,
  string_split('smith johnson williams brown jones garcia miller davis rodriguez martinez wilson anderson taylor thomas moore jackson martin lee thompson white harris clark lewis robinson walker young allen king wright scott torres nguyen hill flores green adams nelson baker hall rivera campbell mitchell carter roberts muller schmidt schneider fischer weber meyer wagner becker schulz hoffmann schafer koch bauer richter klein wolf schroder neumann schwarz zimmermann braun kruger hofmann hartmann lange schmitt werner krause meier lehmann schmid schulze maier kohler herrmann konig walter mayer huber kaiser fuchs peters lang scholz moller weiss jung hahn schubert vogel friedrich keller gunther frank berger winkler roth beck lorenz baumann franke albrecht schuster simon ludwig bohm winter kraus martin', ' ') as family,
  string_split('stein berg holz feld bach wald gold silber kirch muhl neu alt ober unter hoch tief gross klein schon stark ross thorn ash wood hart mill brook hay lin el win mor pem dar kel bren col har', ' ') as first_half,
  string_split('mann berg feld er ner stein bach hof wald hauser meier ke ling son ton ley ford worth field well man ham by low more', ' ') as second_half,
  string_split('ka lo mi ra se ti no ve da ju li ma ne pa sa ya zo el ari im', ' ') as syllable,
  string_split('gmail.com gmail.com gmail.com gmx.de web.de yahoo.com outlook.com hotmail.com icloud.com t-online.de aol.com', ' ') as host,
  string_split('linden birken eichen haupt bahnhof kirch schul garten berg wald rosen markt muhlen wiesen oak maple cedar pine elm washington lake hill park main church spring river sunset highland forest', ' ') as street,
  [['william', 'bill'], ['robert', 'bob'], ['richard', 'dick'], ['james', 'jim'], ['michael', 'mike'], ['elizabeth', 'liz'], ['margaret', 'peggy'], ['thomas', 'tom'], ['katharina', 'kathi'], ['susanne', 'susi'], ['alexander', 'alex'], ['benjamin', 'ben'], ['jennifer', 'jenny'], ['patricia', 'pat'], ['wolfgang', 'wolfi'], ['andreas', 'andi'], ['joseph', 'joe'], ['david', 'dave'], ['charles', 'chuck'], ['daniel', 'dan'], ['matthew', 'matt'], ['barbara', 'barb'], ['gabriele', 'gabi'], ['monika', 'moni'], ['edward', 'ted'], ['samuel', 'sam'], ['gregory', 'greg'], ['deborah', 'debbie'], ['kimberly', 'kim'], ['rebecca', 'becky']] as short;

-- Ten people live in five households of one, one, two, two and four.
create or replace table persons as
with
placed as (
  select
    i as person,
    i // 10 * 5 + [0, 1, 2, 2, 3, 3, 4, 4, 4, 4][1 + i % 10] as house,
    [1, 1, 2, 2, 2, 2, 4, 4, 4, 4][1 + i % 10] as people,
    i % 10 in (2, 4, 6) as is_first,
    chance('business', i // 6) < 0.12 as is_business,
    i // 6 as business
  from range(cast($size * 0.92 as bigint)) as t (i)
),

named as (
  select
    p.*,
    -- Father and son bear one name; otherwise nobody is called like somebody of the same house.
    case when p.people = 4 and chance('son', p.house) < 0.01 and p.person % 10 = 7 then 0 else p.person % 10 - [0, 1, 2, 2, 4, 4, 6, 6, 6, 6][1 + p.person % 10] end as member,
    case when p.people > 1 then 'h' || p.house else 'p' || p.person end as given_seed,
    case when p.people > 1 and chance('same name', p.person) < 0.85 then 'h' || p.house else 'p' || p.person end as family_seed
  from placed as p
)

select
  n.person,
  n.house,
  n.is_business,
  n.business,
  n.people,
  case when chance('rare given', n.given_seed || '.' || n.member) < 0.15
    then pick(l.syllable, (chance('g1', n.given_seed) + (0.11 + 0.12 * chance('step', n.given_seed)) * n.member) % 1.0) || pick(l.syllable, chance('g2', n.given_seed || '.' || n.member)) || pick(l.syllable, chance('g3', n.given_seed || '.' || n.member))
    else pick(l.given, pow((chance('given', n.given_seed) + (0.11 + 0.12 * chance('step', n.given_seed)) * n.member) % 1.0, 1.7)) end as given,
  case when chance('rare family', n.family_seed) < 0.45
    then pick(l.first_half, chance('f1', n.family_seed)) || pick(l.second_half, chance('f2', n.family_seed)) || case when chance('f3', n.family_seed) < 0.3 then pick(l.second_half, chance('f4', n.family_seed)) else '' end
    else pick(l.family, pow(chance('family', n.family_seed), 1.5)) end as family,
  cast(10000 + floor(chance('postal', case when n.is_business then 'b' || n.business else 'h' || n.house end) * 8000) as integer) as postal,
  pick(l.street, chance('street', case when n.is_business then 'b' || n.business else 'h' || n.house end))
  || pick(['str.', 'weg', 'allee', ' street', ' ave', ' lane'], chance('kind', case when n.is_business then 'b' || n.business else 'h' || n.house end)) as street,
  1 + cast(floor(chance('number', case when n.is_business then 'b' || n.business else 'h' || n.house end) * 180) as integer) as number,
  '+49' || cast(1510000000 + cast(floor(chance('mobile', n.person) * 399999999) as bigint) as varchar) as mobile,
  '+4930' || cast(10000000 + cast(floor(chance('landline', n.house) * 89999999) as bigint) as varchar) as landline,
  '+4940' || cast(1000000 + cast(floor(chance('switch', n.business) * 8999999) as bigint) as varchar) as switchboard,
  l.host[1 + cast(floor(chance('host', n.person) * len(l.host)) as integer)] as host
from named as n
cross join lists as l;

create or replace table contacts as
select
  p.* replace (case when p.is_own and p.nth > 1 then split_part(p.mail, '@', 1) || p.person || '@' || split_part(p.mail, '@', 2) else p.mail end as mail)
from (
select
  p.*,
  -- a provider gives an address only once
  not coalesce(starts_with(p.mail, 'info@') or starts_with(p.mail, 'familie.'), false) as is_own,
  row_number() over (partition by regexp_replace(p.mail, '[._]', '', 'g') order by p.person) as nth
from (
select
  p.*,
  case
    when p.is_business and chance('role', p.person) < 0.15 then 'info@firm' || p.business || '.example'
    when p.is_business then left(p.given, 1) || '.' || p.family || '@firm' || p.business || '.example'
    when p.people > 1 and chance('family box', p.house) < 0.14 then 'familie.' || p.house || '@' || pick(['gmx.de', 'gmail.com', 'web.de'], chance('family host', p.house))
    when chance('no mail', p.person) < 0.05 then null
    when chance('free box', p.person) < 0.3 then pick(['sunny', 'tiger', 'rider', 'moon', 'green', 'lucky', 'max', 'blue'], chance('word', p.person)) || cast(floor(chance('nick', p.person) * 900000) as integer) || '@' || p.host
    else p.given || pick(['.', '', '_'], chance('dot', p.person)) || p.family || case when chance('digits', p.person) < 0.7 then cast(10 + cast(floor(chance('nn', p.person) * 990) as integer) as varchar) else '' end || '@' || p.host
  end as mail,
  case
    when p.is_business and chance('switched', p.person) < 0.5 then p.switchboard
    when p.people > 1 and chance('landline used', p.person) < 0.3 then p.landline
    when chance('no phone', p.person) < 0.35 then null
    else p.mobile
  end as phone
from persons as p
) as p
) as p;

-- Eight of a hundred records stand for somebody who has one already; a few people have three.
create or replace table doubles as
select
  c.*,
  k as copy,
  hash('d', c.person, k) as d,
  -- Who has moved keeps the mail box or the number: of a record that shares nothing but a name nobody could say whose it is.
  chance('m', hash('d', c.person, k)) < 0.55 and c.mail is not null or chance('p', hash('d', c.person, k)) < 0.55 and c.phone is not null as may_move
from contacts as c
inner join range(1, 3) as t (k) on chance('double' || k, c.person) < case k when 1 then 0.08 else 0.007 end;

create or replace macro slip(word, c) as (
  case
    when length(word) < 4 then word || 'e'
    when c < 0.25 then left(word, 2 + cast(floor(c * 4 * (length(word) - 3)) as integer)) || substr(word, 4 + cast(floor(c * 4 * (length(word) - 3)) as integer))
    when c < 0.5 then left(word, 2) || substr(word, 4, 1) || substr(word, 3, 1) || substr(word, 5)
    when c < 0.75 then left(word, 3) || substr(word, 3, 1) || substr(word, 4)
    else left(word, length(word) - 1) || pick(['a', 'n', 'm', 'r', 's'], c * 4 - 3)
  end
);

create or replace table people as
with
first_ones as (
  select
    person,
    0 as copy,
    given,
    family,
    mail,
    phone,
    street || ' ' || number as address,
    postal
  from contacts
),

changed as (
  select
    d.person,
    d.copy,
    case
      when chance('n', d.d) < 0.04 then left(d.given, 1) || '.'
      when chance('n', d.d) < 0.06 then d.family
      when chance('n', d.d) < 0.14 then coalesce(list_filter(l.short, lambda s: s[1] = d.given)[1][2], d.given)
      when chance('n', d.d) < 0.20 then slip(d.given, chance('gs', d.d))
      when chance('n', d.d) < 0.22 then d.given || ' ' || pick(l.given, chance('second', d.d))
      else d.given
    end as given,
    case
      when chance('n', d.d) between 0.04 and 0.06 then d.given
      when chance('f', d.d) < 0.06 then slip(d.family, chance('fs', d.d))
      when chance('f', d.d) < 0.09 then pick(l.family, chance('married', d.d))
      when chance('f', d.d) < 0.11 then d.family || '-' || pick(l.family, chance('joined', d.d))
      else d.family
    end as family,
    case
      when chance('m', d.d) < 0.45 then d.mail
      when chance('m', d.d) < 0.50 then replace(d.mail, '@', '+shop@')
      when chance('m', d.d) < 0.55 then case when ends_with(d.mail, '@gmail.com') then replace(replace(d.mail, '@gmail.com', ''), '.', '') || '@gmail.com' else upper(d.mail) end
      when chance('m', d.d) < 0.60 then split_part(d.mail, '@', 1) || '@' || pick(l.host, chance('mh', d.d))
      when chance('m', d.d) < 0.64 then slip(split_part(d.mail, '@', 1), chance('ms', d.d)) || '@' || split_part(d.mail, '@', 2)
      when chance('m', d.d) < 0.80 then null
      -- here too: an address that somebody else has would make them one person
      else d.given || '.' || d.family || '.' || (3 * d.person + d.copy) || '@' || pick(l.host, chance('mo', d.d))
    end as mail,
    case
      when chance('p', d.d) < 0.55 then d.phone
      when chance('p', d.d) < 0.80 then null
      when chance('p', d.d) < 0.83 then left(d.phone, 8) || substr(d.phone, 10, 1) || substr(d.phone, 9, 1) || substr(d.phone, 11)
      else '+49' || cast(1510000000 + cast(floor(chance('other mobile', d.d) * 399999999) as bigint) as varchar)
    end as phone,
    case
      when chance('a', d.d) < 0.62 or not d.may_move then d.street || ' ' || d.number
      when chance('a', d.d) < 0.70 then slip(d.street, chance('ss', d.d)) || ' ' || d.number
      when chance('a', d.d) < 0.80 then null
      else pick(l.street, chance('new street', d.d)) || 'weg ' || cast(1 + cast(floor(chance('new number', d.d) * 180) as integer) as varchar)
    end as address,
    case
      when chance('a', d.d) < 0.70 or not d.may_move then d.postal
      when chance('a', d.d) < 0.80 then null
      else cast(10000 + floor(chance('new postal', d.d) * 8000) as integer)
    end as postal
  from doubles as d
  cross join lists as l
),

-- A till that asks for nothing.
walk_ins as (
  select
    10000000000 + i as person,
    0 as copy,
    pick(['Walk-in', 'Kunde', 'Gast'], chance('w', i)) as given,
    pick(['Customer', 'Laden', 'Kasse'], chance('v', i)) as family,
    pick(['walkin@till.example', 'noemail@till.example', 'sales@till.example'], chance('x', i)) as mail,
    null as phone,
    null as address,
    null as postal
  from range(cast($size * 0.003 as bigint)) as t (i)
)

select
  'shop' as system,
  right('000000000' || cast(row_number() over (order by hash(person, copy, $seed), person, copy) as varchar), 9) as record_id,
  cast(person as varchar) as person,
  given as first_name,
  family as last_name,
  lower(mail) as email,
  phone,
  address as address1,
  cast(postal as varchar) as postal_code
from (
  select * from first_ones
  union all
  select * from changed
  union all
  select * from walk_ins
);
