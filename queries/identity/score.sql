-- Compares two records field by field. Levels first, then their bits; the sum of the bits is the score.
create or replace table identity.level_bits as
select
  any_value(bits(m, u)) filter (where field = 'given' and level = 'typo') as given_typo,
  any_value(bits(m, u)) filter (where field = 'given' and level = 'nickname') as given_nickname,
  any_value(bits(m, u)) filter (where field = 'given' and level = 'initial') as given_initial,
  any_value(bits(m, u)) filter (where field = 'given' and level = 'different') as given_different,
  bits(any_value(m) filter (where field = 'given' and level = 'first'), any_value(m) filter (where field = 'given' and level = 'exact')) as given_first,
  any_value(bits(m, u)) filter (where field = 'second' and level = 'same') as second_same,
  any_value(bits(m, u)) filter (where field = 'second' and level = 'different') as second_different,
  any_value(bits(m, u)) filter (where field = 'family' and level = 'part') as family_part,
  any_value(bits(m, u)) filter (where field = 'family' and level = 'typo') as family_typo,
  any_value(bits(m, u)) filter (where field = 'family' and level = 'different') as family_different,
  bits(any_value(m) filter (where field = 'swapped'), 0.8) as swapped,
  any_value(bits(m, u)) filter (where field = 'email' and level = 'near') as email_near,
  any_value(bits(m, u)) filter (where field = 'email' and level = 'local') as email_local,
  any_value(bits(m, u)) filter (where field = 'email' and level = 'shared') as email_shared,
  any_value(bits(m, u)) filter (where field = 'email' and level = 'different') as email_different,
  any_value(bits(m, u)) filter (where field = 'phone' and level = 'near') as phone_near,
  any_value(bits(m, u)) filter (where field = 'phone' and level = 'shared') as phone_shared,
  any_value(bits(m, u)) filter (where field = 'phone' and level = 'different') as phone_different,
  any_value(bits(m, u)) filter (where field = 'address' and level = 'near') as address_near,
  any_value(bits(m, u)) filter (where field = 'address' and level = 'different') as address_different,
  any_value(bits(m, u)) filter (where field = 'birth' and level = 'exact') as birth_exact,
  any_value(bits(m, u)) filter (where field = 'birth' and level = 'near') as birth_near,
  any_value(bits(m, u)) filter (where field = 'birth' and level = 'different') as birth_different,
  any_value(bits(m, u)) filter (where field = 'organisation' and level = 'near') as organisation_near,
  any_value(bits(m, u)) filter (where field = 'organisation' and level = 'different') as organisation_different,
  any_value(bits(m, u)) filter (where field = 'id' and level = 'same') as id_same
from identity.weights;

create or replace table identity.scored as
with
levels as (
  select
    q.a,
    q.b,
    q.found_by,
    q.is_kept,
    x.is_organisation,
    (q.found_by & 1) = 1 as is_same_id,
    case
      when x.given <> x.family and is_swapped(x.given, x.family, y.given, y.family) then 'swapped'
      when x.given is null or y.given is null then null
      when x.given_all = y.given_all then case when x.is_initial then 'initial' else 'exact' end
      when x.given = y.given
        then
          case
            when x.is_initial then 'initial'
            when x.second is null or y.second is null then case when greatest(length(x.second), length(y.second)) > 1 then 'first' else 'exact' end
            when least(length(x.second), length(y.second)) > 1 and not (x.second = y.second or is_slip(x.second, y.second, 3)) then 'different'
            else 'exact'
          end
      when x.is_initial or y.is_initial then case when left(x.given, 1) = left(y.given, 1) then 'initial' else 'different' end
      when n.a is not null then 'nickname'
      when (length(y.given) > 1 and x.second = y.given) or (length(x.given) > 1 and y.second = x.given) then 'nickname'
      when x.is_known and y.is_known then 'different'
      when is_slip(x.given, y.given, 3) or is_slip(x.given_all, y.given_all, 4) then 'typo'
      else 'different'
    end as given_level,
    case
      when x.second is null or y.second is null then null
      when x.second = y.second then 'same'
      when left(x.second, 1) = left(y.second, 1) and least(length(x.second), length(y.second)) = 1 then 'same'
      when is_slip(x.second, y.second, 3) then 'same'
      else 'different'
    end as second_level,
    case
      when x.given <> x.family and is_swapped(x.given, x.family, y.given, y.family) then 'swapped'
      when x.family is null or y.family is null then null
      when x.family = y.family then 'exact'
      when length(x.family_first) > 2 and (x.family_first = y.family_first or x.family_first = y.family_last) then 'part'
      when length(x.family_last) > 2 and (x.family_last = y.family_first or x.family_last = y.family_last) then 'part'
      when is_slip(x.family, y.family, 4) or (length(x.family_skeleton) > 2 and x.family_skeleton = y.family_skeleton) then 'typo'
      else 'different'
    end as family_level,
    case
      when x.box is null or y.box is null then null
      when x.box = y.box and x.host = y.host then case when x.is_mail_shared then 'shared' else 'exact' end
      when x.is_mail_shared or y.is_mail_shared then null
      when
        x.box = y.box and length(x.box) >= 6
        and (
          length(regexp_replace(x.box, '[^0-9]', '', 'g')) >= 2
          or regexp_replace(x.box, '[^a-z]', '', 'g') not in (
            x.given || x.family, x.family || x.given, left(x.given, 1) || x.family, x.family || left(x.given, 1), x.given || left(x.family, 1), x.given, x.family,
            y.given || y.family, y.family || y.given, left(y.given, 1) || y.family, y.family || left(y.given, 1), y.given || left(y.family, 1), y.given, y.family
          )
        ) then 'local'
      when
        x.host = y.host and is_slip(x.box, y.box, 5)
        and regexp_replace(x.box, '[^0-9]', '', 'g') = regexp_replace(y.box, '[^0-9]', '', 'g') then 'near'
      else 'different'
    end as email_level,
    case
      when x.phone is null or y.phone is null then null
      when x.phone = y.phone then case when x.is_phone_shared then 'shared' else 'exact' end
      when
        length(x.phone) = length(y.phone) and right(x.phone, 2) = right(y.phone, 2) and left(x.phone, 5) = left(y.phone, 5)
        and hamming(x.phone, y.phone) <= 2
        and (hamming(x.phone, y.phone) = 1 or list_sort(string_split(x.phone, '')) = list_sort(string_split(y.phone, ''))) then 'near'
      else 'different'
    end as phone_level,
    case
      when x.street = y.street and x.house = y.house and coalesce(x.postal, x.city) = coalesce(y.postal, y.city) then 'exact'
      when not is_near_place(x.postal, x.city, y.postal, y.city)
        then case when coalesce(x.postal, x.city) is null or coalesce(y.postal, y.city) is null then null else 'different' end
      when x.house = y.house and (x.street = y.street or is_slip(x.street, y.street, 4)) then 'near'
      when x.street = y.street and least(length(x.house), length(y.house)) >= 3 and x.postal = y.postal and is_slip(x.house, y.house, 3) then 'near'
      when x.street = y.street and (x.house is null or y.house is null) and (x.postal = y.postal or x.city = y.city) then 'near'
      when x.house = y.house and length(x.street) > 5 and x.postal = y.postal and jaro_winkler_similarity(x.street, y.street) >= 0.85 then 'near'
      when x.postal = y.postal then 'postal'
      when x.city = y.city then 'city'
      when coalesce(x.postal, x.city, x.street) is null or coalesce(y.postal, y.city, y.street) is null then null
      else 'different'
    end as address_level,
    case
      when x.birth is null or y.birth is null then null
      when x.birth = y.birth then 'exact'
      when hamming(strftime(x.birth, '%Y%m%d'), strftime(y.birth, '%Y%m%d')) = 1 then 'near'
      when
        hamming(strftime(x.birth, '%Y%m%d'), strftime(y.birth, '%Y%m%d')) = 2
        and list_sort(string_split(strftime(x.birth, '%Y%m%d'), '')) = list_sort(string_split(strftime(y.birth, '%Y%m%d'), '')) then 'near'
      when strftime(x.birth, '%Y%m%d') = strftime(y.birth, '%Y%d%m') then 'near'
      else 'different'
    end as birth_level,
    case
      when not x.is_organisation or x.organisation is null or y.organisation is null then null
      when x.organisation = y.organisation then 'exact'
      when replace(x.organisation, ' ', '') = replace(y.organisation, ' ', '') then 'near'
      when length(x.organisation) >= 6 and is_slip(x.organisation, y.organisation, 6) then 'near'
      else 'different'
    end as organisation_level,
    coalesce(x.suffix <> y.suffix, false) as has_other_suffix,
    coalesce((x.given = y.family) <> (x.family = y.given), false)
    and coalesce(x.given <> y.given, true)
    and not coalesce(is_swapped(x.given, x.family, y.given, y.family), false) as is_crossed,
    -- Not two names that people are christened, and no other first letter by a slip of the hand.
    not (x.is_common and y.is_common) and (n.a is not null or left(x.given, 1) = left(y.given, 1)) as may_be_slip,
    coalesce(x.organisation = y.organisation, false) as is_one_organisation,
    coalesce(abs(year(x.birth) - year(y.birth)) >= 15, false) as is_generation_apart,
    least(x.given_bits, y.given_bits) as given_bits,
    greatest(x.given_bits, y.given_bits) as given_bits_rare,
    least(x.family_bits, y.family_bits) as family_bits,
    x.family_bits + x.given_bits as names_bits,
    x.is_mail_household,
    x.is_phone_household,
    x.mail_bits,
    x.phone_bits,
    x.address_bits,
    x.postal_bits,
    x.city_bits,
    x.organisation_bits
  from identity.comparing as q
  inner join identity.people as x on q.a = x.rid
  inner join identity.people as y on q.b = y.rid
  left join identity.nicknames as n on x.given = n.a and y.given = n.b
  where x.is_organisation = y.is_organisation
),

weighed as (
  select
    l.*,
    p.prior,
    case l.given_level
      when 'exact' then l.given_bits
      when 'first' then l.given_bits + w.given_first
      when 'typo' then w.given_typo
      when 'nickname' then w.given_nickname
      when 'initial' then w.given_initial
      when 'different' then w.given_different
      when 'swapped' then l.names_bits + w.swapped
      else 0
    end as given_weight,
    case l.second_level
      when 'same' then w.second_same
      when 'different' then w.second_different
      else 0
    end as second_weight,
    case l.family_level
      when 'exact' then l.family_bits
      when 'part' then w.family_part
      when 'typo' then w.family_typo
      when 'different' then w.family_different
      else 0
    end as family_weight,
    case l.email_level
      when 'exact' then l.mail_bits
      when 'near' then w.email_near
      when 'local' then w.email_local
      when 'shared' then w.email_shared
      when 'different' then w.email_different
      else 0
    end as email_weight,
    case l.phone_level
      when 'exact' then l.phone_bits
      when 'near' then w.phone_near
      when 'shared' then w.phone_shared
      when 'different' then w.phone_different
      else 0
    end as phone_weight,
    case l.address_level
      when 'exact' then l.address_bits
      when 'near' then w.address_near
      when 'postal' then l.postal_bits
      when 'city' then l.city_bits
      when 'different' then w.address_different
      else 0
    end as address_weight,
    case l.birth_level
      when 'exact' then w.birth_exact
      when 'near' then w.birth_near
      when 'different' then w.birth_different
      else 0
    end as birth_weight,
    case l.organisation_level
      when 'exact' then l.organisation_bits
      when 'near' then w.organisation_near
      when 'different' then w.organisation_different
      else 0
    end as organisation_weight,
    case when l.is_same_id then w.id_same else 0 end as id_weight
  from levels as l
  cross join identity.priors as p
  cross join identity.level_bits as w
),

summed as (
  select
    *,
    -- What speaks for a common house or office, whatever their names are.
    prior +email_weight + phone_weight + address_weight + greatest(family_weight, 0) as contact_score,
    -- The same day of birth and one of the names: then the other one was mistyped or changed, unless address or number speak of two people.
    coalesce(birth_level = 'exact', false)
    and (coalesce(family_level in ('exact', 'typo'), false) or coalesce(given_level in ('exact', 'first', 'typo', 'nickname'), false))
    and coalesce(email_level, '') <> 'different'
    and coalesce(phone_level, '') <> 'different' as is_born_alike,
    coalesce(birth_level = 'exact' and address_level in ('exact', 'near'), false)
    and coalesce(email_level, '') <> 'different'
    and coalesce(phone_level, '') <> 'different' as is_born_here,
    prior +given_weight + second_weight + family_weight + email_weight + phone_weight + address_weight + birth_weight + organisation_weight + id_weight as score
  from weighed
)

select
  *,
  -- Whoever these keep apart is not one person, whatever else they share.
  case
    when is_organisation then case when organisation_level = 'different' then 'organisation' end
    when has_other_suffix then 'suffix'
    when given_level = 'different' and not is_born_alike then 'given'
    when is_crossed then 'crossed'
    when second_level = 'different' and given_level <> 'exact' then 'second'
    when family_level = 'different' and coalesce(email_level, '') <> 'exact' and not is_born_alike then 'family'
  end as veto,
  coalesce(email_level in ('exact', 'near', 'local'), false)
  or coalesce(phone_level = 'exact', false)
  -- NOTE: not a number that is nearly the same: blocks of numbers are given out in a row.
  or coalesce(address_level in ('exact', 'near'), false)
  or coalesce(birth_level in ('exact', 'near'), false)
  or is_same_id as is_supported,
  coalesce(email_level = 'exact' or phone_level = 'exact' or birth_level = 'exact', false) or is_same_id as is_personal
from summed
where score >= 0 or is_same_id or is_kept or contact_score >= 0;
