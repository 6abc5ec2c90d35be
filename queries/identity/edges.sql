-- Pairs that matter, narrow, and those that people have called the same.
create or replace table identity.edges_all as
select
  s.a,
  s.b,
  s.tier,
  s.score,
  s.veto,
  false as is_ambiguous,
  case
    when s.tier = 'related' then
      case
        -- Two businesses behind one door or switchboard are no household.
        when s.is_organisation then 'shared contact'
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
  false as is_ambiguous,
  cast(null as varchar) as relation,
  ['decided by a person'] as reasons
from identity.decided as d
where d.is_same;
