-- Every pair that matters, with its tier; what a veto keeps apart is related where it shares enough.
create or replace table identity.tiered as
select
  s.*,  -- noqa: AM04
  case
    when s.veto is not null and s.is_same_id and s.veto <> 'organisation' then 'likely'
    when s.veto is not null then case when greatest(s.score, s.contact_score) >= 0 then 'related' end
    when s.score < 0 then null
    when s.is_organisation and s.score >= 1000 and s.organisation_level = 'exact' and (s.is_personal or s.address_level = 'exact') then 'certain'
    when
      s.score >= 1000 and s.is_personal
      and (
        s.given_level in ('exact', 'first', 'swapped')
        -- A box or number of a family does not tell a slip of the hand from a sister with nearly the same name.
        or (
          s.given_level in ('typo', 'nickname') and s.may_be_slip
          and ((s.email_level = 'exact' and not s.is_mail_household) or (s.phone_level = 'exact' and not s.is_phone_household))
        )
      )
      and coalesce(s.family_level, '') <> 'different'
      and coalesce(s.birth_level, '') <> 'different'
      and coalesce(s.second_level, '') <> 'different'
      then 'certain'
    when
      (
        (s.score >= 500 and s.is_supported)
        -- A rare name in one town says enough, more so with a second name; what is rare, only many records can tell.
        or (
          t.records >= 5000
          and s.score >= case when s.second_level = 'same' then 400 else 800 end
          and s.given_level in ('exact', 'swapped') and s.family_level in ('exact', 'swapped') and s.address_level in ('postal', 'city')
          and (s.address_weight > 0 or s.second_level = 'same')
        )
      )
      and (s.is_personal or (coalesce(s.given_level, '') <> 'initial' and coalesce(s.second_level, '') <> 'different'))
      -- One name in one house, but a generation between them: father and son rather than one person.
      and (s.is_personal or not s.is_generation_apart)
      and (
        s.given_level is not null
        or s.is_organisation
        or s.is_same_id
        or s.birth_level in ('exact', 'near')
        or (s.email_level = 'exact' and s.phone_level = 'exact')
      )
      then 'likely'
    else 'review'
  end as tier
from identity.scored as s
cross join identity.totals as t;
