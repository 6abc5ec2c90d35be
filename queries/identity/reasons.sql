-- What two records share, in words.
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
