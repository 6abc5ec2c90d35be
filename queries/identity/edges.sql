-- Pairs that matter, narrow, with the words for what they share; and what people have decided about single pairs.
create or replace temp macro identity_reasons(s) as (
  list_filter([
    case when s.is_same_id then 'same customer id' end,
    case s.email_level
      when 'exact' then 'same e-mail address'
      when 'near' then 'nearly the same e-mail address'
      when 'local' then 'same name of the mail box at another host'
      when 'shared' then 'same shared e-mail address'
    end,
    case s.phone_level
      when 'exact' then 'same phone number'
      when 'near' then 'nearly the same phone number'
      when 'shared' then 'same shared phone number'
    end,
    case s.birth_level
      when 'exact' then 'same day of birth'
      when 'near' then 'nearly the same day of birth'
    end,
    case
      when s.given_level = 'swapped' then 'given and family name swapped'
      when s.given_level = 'exact' and s.family_level = 'exact' then 'same name'
      when s.given_level = 'different' and s.family_level = 'exact' then 'same family name'
      when s.given_level = 'exact' and s.family_level = 'different' then 'same given name'
      when s.given_level = 'nickname' and s.family_level in ('exact', 'typo', 'part') then 'short form of the name'
      when s.given_level = 'initial' and s.family_level in ('exact', 'typo', 'part') then 'initial of the name'
      when s.given_level in ('exact', 'first', 'typo') and s.family_level in ('exact', 'typo', 'part') then 'similar name'
    end,
    case s.organisation_level
      when 'exact' then 'same business'
      when 'near' then 'nearly the same business'
    end,
    case s.address_level
      when 'exact' then 'same address'
      when 'near' then 'nearly the same address'
    end
  ], lambda r: r is not null)
);

create or replace table identity.decided as
select
  least(x.rid, y.rid) as a,
  greatest(x.rid, y.rid) as b,
  d.is_same
from identity.decisions as d
inner join identity.sources as x on d.system = x.system and d.record_id = x.record_id
inner join identity.sources as y on d.other_system = y.system and d.other_id = y.record_id
where x.rid <> y.rid;

create or replace table identity.edges_all as
select
  s.a,
  s.b,
  s.tier,
  s.score,
  s.veto,
  case
    when s.tier = 'related' then
      case
        when s.is_one_organisation then 'colleagues'
        when s.family_level in ('exact', 'typo', 'part') or s.address_level in ('exact', 'near') then 'household'
        else 'shared contact'
      end
  end as relation,
  identity_reasons(s) as reasons  -- noqa: RF02
from identity.tiered as s
anti join identity.decided as d on s.a = d.a and s.b = d.b
where s.tier is not null
union all
select
  d.a,
  d.b,
  'certain' as tier,
  10000 as score,
  cast(null as varchar) as veto,
  cast(null as varchar) as relation,
  ['decided by a person'] as reasons
from identity.decided as d
where d.is_same;
