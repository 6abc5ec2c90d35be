-- Normalisers and small helpers: each key is made in one place only. They are stored in the warehouse, so rules may use them too.

-- A point in time in UTC. Text without an offset is taken as UTC; a bare cast to timestamp would drop an offset.
create macro utc(t) as (
  case
    -- What ends in Z is UTC already: no detour over a zone is needed, which is three times as fast.
    when right(cast(t as varchar), 1) = 'Z' then cast(t as timestamp)
    else cast(t as timestamptz) at time zone 'UTC'
  end
);

-- The same where the source may hold anything; what cannot be read becomes NULL and is counted by the loader.
create macro try_utc(t) as (
  case
    when right(t, 1) = 'Z' then try_cast(t as timestamp)
    else try_cast(nullif(trim(t), '') as timestamptz) at time zone 'UTC'
  end
);

-- Text without surrounding white space; the empty text becomes NULL.
create macro blank(v) as (nullif(trim(v), ''));

-- Money as exact decimal.
create macro money(v) as (cast(nullif(trim(v), '') as decimal(38, 6)));

create macro try_money(v) as (try_cast(nullif(trim(v), '') as decimal(38, 6)));

create macro try_quantity(v) as (try_cast(nullif(trim(v), '') as decimal(18, 4)));

create macro try_flag(v) as (
  case lower(trim(v))
    when 'true' then true
    when '1' then true
    when 'yes' then true
    when 'false' then false
    when '0' then false
    when 'no' then false
  end
);

-- Three characters that say which of the fifteen are upper case.
create macro id18_suffix(v) as (
  array_to_string(
    list_transform(
      [0, 5, 10],
      lambda g: substr(
        'ABCDEFGHIJKLMNOPQRSTUVWXYZ012345',
        1
        + case when substr(v, g + 1, 1) between 'A' and 'Z' then 1 else 0 end
        + case when substr(v, g + 2, 1) between 'A' and 'Z' then 2 else 0 end
        + case when substr(v, g + 3, 1) between 'A' and 'Z' then 4 else 0 end
        + case when substr(v, g + 4, 1) between 'A' and 'Z' then 8 else 0 end
        + case when substr(v, g + 5, 1) between 'A' and 'Z' then 16 else 0 end,
        1
      )
    ),
    ''
  )
);

-- A Salesforce id in its 18-character form. Never lower-cased: the first fifteen are case-sensitive.
create macro id18(v) as (
  case
    when length(v) = 18 then v
    when length(trim(v)) = 15 and regexp_full_match(trim(v), '[0-9A-Za-z]{15}') then trim(v) || id18_suffix(trim(v))
    else nullif(trim(v), '')
  end
);

-- What follows the last slash of gid://shopify/Order/123. A query part stays: inventory levels are only unique with it.
create macro gid_tail(v) as (
  case when starts_with(v, 'gid://') then split_part(v, '/', 5) else nullif(trim(v), '') end
);

-- Type in gid://shopify/Order/123.
create macro gid_type(v) as (
  case when starts_with(v, 'gid://') then split_part(v, '/', 4) end
);

-- Ids of other systems as integrations and spreadsheets disguise them: gid://shopify/Order/123, #123, 123.0, '123, 000123 with blanks or
-- invisible signs all give 123.
create macro external_key(v) as (
  case
    when v is null then null
    when regexp_full_match(v, '[1-9][0-9]*') then v
    when regexp_full_match(v, 'gid://[a-z]+/[A-Za-z]+/[1-9][0-9]*') then split_part(v, '/', 5)
    -- Ids of Salesforce: told by their checksum, and those of fifteen characters by the prefixes of what stores hold. Case matters in them.
    when regexp_full_match(trim(v, ' '''), '[0-9A-Za-z]{18}') and id18_suffix(left(trim(v, ' '''), 15)) = right(trim(v, ' '''), 3)
      then trim(v, ' ''')
    when regexp_full_match(trim(v, ' '''), '(001|003|131|801|802|01t|0aX)[0-9]*[A-Za-z][0-9A-Za-z]*') and length(trim(v, ' ''')) = 15
      then id18(trim(v, ' '''))
    else
      nullif(
        regexp_replace(
          regexp_replace(
            upper(regexp_replace(trim(v), '^gid://[^/]+/[^/]+/|[\s\p{Z}\p{Cf}#''\"]', '', 'g')),
            '^([0-9]+)\.0+$', '\1'
          ),
          '^0+([0-9]+)$', '\1'
        ),
        ''
      )
  end
);

-- The parts of a key that ends in a number, perhaps with letters behind it: SHOP-005001/A is SHOP-, 5001 and /A. Empty without a number.
create macro affix_prefix(k) as (regexp_extract(k, '^(.*?)0*([1-9][0-9]*)([^0-9]*)$', 1));

create macro affix_core(k) as (regexp_extract(k, '^(.*?)0*([1-9][0-9]*)([^0-9]*)$', 2));

create macro affix_suffix(k) as (regexp_extract(k, '^(.*?)0*([1-9][0-9]*)([^0-9]*)$', 3));

-- What a link of orders rests on besides: 4 number, 2 e-mail, 1 amount.
create macro agreement(said, likeness) as (
  said || case likeness
    when 0 then ''
    when 1 then ', amount'
    when 2 then ', e-mail'
    when 3 then ', e-mail, amount'
    when 4 then ', number'
    when 5 then ', number, amount'
    when 6 then ', number, e-mail'
    else ', number, e-mail, amount'
  end
);

-- Whether more than digits stand in a key. Ids of Salesforce are no dress of anything.
create macro is_dressed(k) as (
  regexp_matches(k, '[^0-9]') and regexp_matches(k, '[1-9]') and not regexp_full_match(k, '[0-9A-Za-z]{18}')
);

-- The map of a record's ids in other systems; a cast of a struct is six times as fast as map().
create macro external_ids_of(v) as (
  case when v is not null then cast(struct_pack(external_id := v) as map (varchar, varchar)) end
);

-- The id by which a system knows a Salesforce record: its own field's where the mapping names one for it, else the shared one.
create macro id_for(ids, system_name) as (
  case when map_contains(ids, system_name) then ids[system_name] else ids['external_id'] end
);

-- Whichever id of another system a record carries, the shared one first; NULL where it carries none.
create macro any_id(ids) as (list_filter(map_values(ids), lambda v: v is not null)[1]);

-- The same among fields of single systems only. A map of one key has none.
create macro own_ids(ids) as (case when cardinality(cast(ids as map (varchar, varchar))) > 1 then ids end);

-- Whichever id a record carries in a field of a single system; NULL where it carries none there.
create macro own_id(ids) as (
  case
    when cardinality(cast(ids as map (varchar, varchar))) > 1 then list_filter(map_entries(ids), lambda e: e.key <> 'external_id' and e.value is not null)[1].value
  end
);

-- Of which system that is.
create macro own_system(ids) as (
  case
    when cardinality(cast(ids as map (varchar, varchar))) > 1
      then list_filter(map_entries(ids), lambda e: e.key <> 'external_id' and e.value is not null)[1].key
  end
);

-- Whether the shared id may be that of a system: no field of its own is mapped for it. An ERP only shares it where no shop does.
create macro shares_id(ids, system_name, side, shops) as (
  case
    when side = 'erp'
      then list_has_all(coalesce(map_keys(ids), []), shops) and not list_contains(coalesce(map_keys(ids), []), system_name)
    else ids is null or not map_contains(ids, system_name)
  end
);

-- Whether a Salesforce record that names a store may belong to a system. An ERP stands behind the stores of shops that are not compared themselves.
create macro in_store(store, store_is_compared, system_name, side) as (
  store is null or store = system_name or (side = 'erp' and not store_is_compared)
);

-- Order numbers: without #, blanks, leading zeros and a trailing .0, upper case.
create macro number_key(v) as (
  case
    when regexp_full_match(v, '#?[1-9][0-9]*') then ltrim(v, '#')
    else
      nullif(
        regexp_replace(
          regexp_replace(upper(regexp_replace(v, '[\s\p{Z}\p{Cf}#]', '', 'g')), '^([0-9]+)\.0+$', '\1'),
          '^0+([0-9A-Z])', '\1'
        ),
        ''
      )
  end
);

-- E-mail for matching: trimmed, lower case, composed, without invisible signs. What has no @ is no address.
-- NOTE: as many bytes as characters means ASCII, which needs none of that and is the usual case.
create macro email_key(v) as (
  case
    when not contains(v, '@') then null
    when strlen(v) <> length(v)
      then nullif(regexp_replace(regexp_replace(lower(nfc_normalize(v)), '[\s\p{Z}\p{Cf}]', '', 'g'), '^(mailto:)+', ''), '')
    when regexp_matches(v, '[\s\p{Z}:]')
      then regexp_replace(regexp_replace(lower(v), '[\s\p{Z}]', '', 'g'), '^(mailto:)+', '')
    else lower(v)
  end
);

create macro email_local(k) as (split_part(k, '@', 1));

create macro email_domain(k) as (
  case split_part(k, '@', 2) when 'googlemail.com' then 'gmail.com' else split_part(k, '@', 2) end
);

-- Weaker key, never certain by itself: without plus part, and for Gmail without dots.
create macro email_key_weak(v) as (
  case
    when email_domain(email_key(v)) = 'gmail.com'
      then replace(split_part(email_local(email_key(v)), '+', 1), '.', '') || '@gmail.com'
    else split_part(email_local(email_key(v)), '+', 1) || '@' || email_domain(email_key(v))
  end
);

-- Letters and digits of any script, lower case, without accents.
create macro letters(v) as (
  regexp_replace(strip_accents(replace(lower(nfc_normalize(v)), 'ß', 'ss')), '[^\p{L}\p{N}]', '', 'g')
);

-- Given and family name for matching; NULL where both are blank.
create macro name_key(first_name, last_name) as (
  nullif(trim(coalesce(letters(first_name), '') || ' ' || coalesce(letters(last_name), '')), '')
);

create macro postal_key(v) as (nullif(regexp_replace(upper(v), '[^0-9A-Z]', '', 'g'), ''));

-- SKUs for matching: trimmed, inner blanks collapsed, upper case, composed, without invisible signs.
create macro sku_key(v) as (
  nullif(
    trim(
      regexp_replace(
        case when strlen(v) = length(v) then upper(v) else regexp_replace(upper(nfc_normalize(v)), '\p{Cf}', '', 'g') end, '[\s\p{Z}]+', ' ', 'g'
      )
    ),
    ''
  )
);

-- Barcodes for comparing: without blanks, dashes and leading zeros, since a UPC of twelve digits is the EAN of thirteen with a zero before it.
create macro barcode_key(v) as (nullif(ltrim(regexp_replace(upper(v), '[^0-9A-Z]', '', 'g'), '0'), ''));

-- Digits after the decimal point of a currency; 2 where it is not listed.
-- NOTE: macros are copied into every place that calls them, so these three are kept to as few operations as can be.
create macro minor_digits(code) as (
  case
    when contains('BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF', cast(code as varchar)) then 0
    when contains('BHD IQD JOD KWD LYD OMR TND', cast(code as varchar)) then 3
    when contains('CLF UYW', cast(code as varchar)) then 4
    else 2
  end
);

-- One minor unit of a currency as money: 0.01 for EUR, 1 for JPY, 0.001 for KWD.
create macro minor_unit(code) as (
  cast(
    case
      when contains('BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF', cast(code as varchar)) then 1
      when contains('BHD IQD JOD KWD LYD OMR TND', cast(code as varchar)) then 0.001
      when contains('CLF UYW', cast(code as varchar)) then 0.0001
      else 0.01
    end as decimal(38, 6)
  )
);

-- A decimal text of six places without zeros at its end, but with at least so many places.
create macro shorten_decimal(v, places) as (
  left(
    v,
    length(v) - least(6 - places, length(v) - length(rtrim(v, '0'))) - case when places = 0 and ends_with(v, '.000000') then 1 else 0 end
  )
);

-- Money as a person reads it: as many decimals as the currency has, more only where they are not zero.
create macro money_text(amount, code) as (
  shorten_decimal(cast(cast(amount as decimal(38, 6)) as varchar), minor_digits(code))
);

-- Whether v is the amount of a line: total after discount as the shop keeps it, or with the tax that it is without, or without the tax
-- that is in it, or any of these before the discount, whose own tax is in proportion (three roundings: twice the tolerance). Amounts of 13 digits and more are only compared as
-- they are, since their products would not fit.
create macro fits_amount(v, total, tax, discount, tax_included, tolerance) as (
  abs(v - total) <= tolerance
  or abs(v - total - discount) <= tolerance
  or (tax_included is not true and abs(v - total - tax) <= tolerance)
  or (tax_included is not false and abs(v - total + tax) <= tolerance)
  or (
    discount <> 0
    and total > 0
    and case
      when abs(v) < 1000000000000 and total < 1000000000000
        then
          (tax_included is not true and abs(v * total - (total + discount) * (total + tax)) <= 2 * tolerance * total)
          or (tax_included is not false and abs(v * total - (total + discount) * (total - tax)) <= 2 * tolerance * total)
      else false
    end
  )
);

-- A number without trailing zeros: 3, 2.5.
create macro number_text(n) as (
  case when n is null then null else rtrim(rtrim(cast(cast(n as decimal(38, 6)) as varchar), '0'), '.') end
);

-- One element of a finding's diff.
create macro diff_field(field, shop, salesforce) as (
  struct_pack(field := cast(field as varchar), shop := cast(shop as varchar), salesforce := cast(salesforce as varchar))
);

-- An element only where the two values differ, NULL counting as a value; else NULL. Collect with diff_of.
create macro diff_if(field, shop, salesforce) as (
  case when shop is distinct from salesforce then diff_field(field, shop, salesforce) end
);

-- A diff without the elements that are NULL.
create macro diff_of(elements) as (list_filter(elements, lambda e: e is not null));

-- One element of a finding's related records.
create macro related_record(system, record_id) as (
  struct_pack(system := cast(system as varchar), record_id := cast(record_id as varchar))
);

-- Address of a record inside its system, or NULL. Where kinds of records have pages of different forms, the template has a line for each:
-- the kind, a blank, and its address.
create macro record_url(template, object, record_id) as (
  replace(
    replace(
      case
        when contains(template, chr(10))
          then substr(list_filter(string_split(template, chr(10)), lambda t: starts_with(t, object || ' '))[1], length(object) + 2)
        else template
      end,
      '{object}', coalesce(object, '')
    ),
    '{record_id}', record_id
  )
);

-- Consent in canonical words: subscribed, unsubscribed, pending, not_subscribed; what is none of them stays as it is.
create macro consent_word(v) as (
  case lower(replace(replace(trim(v), '-', '_'), ' ', '_'))
    when '' then null
    when 'true' then 'subscribed'
    when '1' then 'subscribed'
    when 'yes' then 'subscribed'
    when 'opt_in' then 'subscribed'
    when 'optin' then 'subscribed'
    when 'opted_in' then 'subscribed'
    when 'false' then 'unsubscribed'
    when '0' then 'unsubscribed'
    when 'no' then 'unsubscribed'
    when 'opt_out' then 'unsubscribed'
    when 'optout' then 'unsubscribed'
    when 'opted_out' then 'unsubscribed'
    else lower(replace(replace(trim(v), '-', '_'), ' ', '_'))
  end
);

-- ISO 3166 alpha-2 of what people write for a country; two letters are taken as they are, an unknown name stays in capitals.
create macro country_code(v) as (
  case upper(strip_accents(trim(v)))
    when '' then null
    when 'UK' then 'GB'
    when 'USA' then 'US'
    when 'UNITED STATES' then 'US'
    when 'UNITED STATES OF AMERICA' then 'US'
    when 'CANADA' then 'CA'
    when 'UNITED KINGDOM' then 'GB'
    when 'GREAT BRITAIN' then 'GB'
    when 'ENGLAND' then 'GB'
    when 'IRELAND' then 'IE'
    when 'GERMANY' then 'DE'
    when 'DEUTSCHLAND' then 'DE'
    when 'AUSTRIA' then 'AT'
    when 'OSTERREICH' then 'AT'
    when 'SWITZERLAND' then 'CH'
    when 'SCHWEIZ' then 'CH'
    when 'FRANCE' then 'FR'
    when 'BELGIUM' then 'BE'
    when 'NETHERLANDS' then 'NL'
    when 'THE NETHERLANDS' then 'NL'
    when 'LUXEMBOURG' then 'LU'
    when 'SPAIN' then 'ES'
    when 'PORTUGAL' then 'PT'
    when 'ITALY' then 'IT'
    when 'GREECE' then 'GR'
    when 'DENMARK' then 'DK'
    when 'SWEDEN' then 'SE'
    when 'NORWAY' then 'NO'
    when 'FINLAND' then 'FI'
    when 'ICELAND' then 'IS'
    when 'POLAND' then 'PL'
    when 'CZECH REPUBLIC' then 'CZ'
    when 'CZECHIA' then 'CZ'
    when 'SLOVAKIA' then 'SK'
    when 'HUNGARY' then 'HU'
    when 'ROMANIA' then 'RO'
    when 'BULGARIA' then 'BG'
    when 'CROATIA' then 'HR'
    when 'SLOVENIA' then 'SI'
    when 'ESTONIA' then 'EE'
    when 'LATVIA' then 'LV'
    when 'LITHUANIA' then 'LT'
    when 'TURKEY' then 'TR'
    when 'UKRAINE' then 'UA'
    when 'ISRAEL' then 'IL'
    when 'UNITED ARAB EMIRATES' then 'AE'
    when 'SAUDI ARABIA' then 'SA'
    when 'KUWAIT' then 'KW'
    when 'INDIA' then 'IN'
    when 'CHINA' then 'CN'
    when 'HONG KONG' then 'HK'
    when 'JAPAN' then 'JP'
    when 'SOUTH KOREA' then 'KR'
    when 'SINGAPORE' then 'SG'
    when 'AUSTRALIA' then 'AU'
    when 'NEW ZEALAND' then 'NZ'
    when 'MEXICO' then 'MX'
    when 'BRAZIL' then 'BR'
    when 'ARGENTINA' then 'AR'
    when 'CHILE' then 'CL'
    when 'COLOMBIA' then 'CO'
    when 'SOUTH AFRICA' then 'ZA'
    else upper(strip_accents(trim(v)))
  end
);

-- Letters and digits for comparing names and places across spellings: Łukasz is Lukasz.
create macro plain_letters(v) as (letters(translate(lower(v), 'łøđðı', 'loddi')));

-- The same as people write it who have no umlauts: Müller is Mueller, Søren is Soeren.
create macro spelled_out(v) as (
  plain_letters(
    replace(
      replace(replace(replace(replace(replace(replace(lower(nfc_normalize(v)), 'ä', 'ae'), 'ö', 'oe'), 'ü', 'ue'), 'ø', 'oe'), 'å', 'aa'), 'æ', 'ae'),
      'œ', 'oe'
    )
  )
);

-- Whether two texts are the same but for case, accents, blanks, punctuation and the spelling of umlauts. Texts without letters never are.
create macro same_text(a, b) as (
  a = b or plain_letters(a) = plain_letters(b) or spelled_out(a) = spelled_out(b) or spelled_out(a) = plain_letters(b) or plain_letters(a) = spelled_out(b)
);

-- Streets: usual abbreviations, and the house number before or behind.
create macro street_words(v) as (
  array_to_string(
    list_sort(
      string_split(
        trim(
          regexp_replace(
            regexp_replace(
              regexp_replace(
                regexp_replace(
                  regexp_replace(strip_accents(replace(lower(nfc_normalize(v)), 'ß', 'ss')), '[\s\p{Z}\p{Cf}]*(strasse|str\.)', 'str', 'g'),
                  '\bstreet\b', 'st', 'g'
                ),
                '\broad\b', 'rd', 'g'
              ),
              '\bavenue\b', 'ave', 'g'
            ),
            '[^\p{L}\p{N}]+', ' ', 'g'
          )
        ),
        ' '
      )
    ),
    ' '
  )
);

-- Text whose UTF-8 was read as Windows-1252 (Ã¼ for ü), or that lost its letters to the sign for unknown ones.
create macro is_garbled(v) as (
  strlen(v) <> length(v)
  and regexp_matches(
    v,
    '\x{FFFD}|ï¿½|â€[\x{80}-\x{BF}œ™¦“”˜]|[ÃÅ][\x{80}-\x{BF}€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]|Â[\x{80}-\x{BF}]|([ÐÑ][\x{80}-\x{BF}€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]){2}'
  )
);

-- Whether a text is the beginning of another, cut off at a length that fields usually have.
create macro is_cut(whole, part) as (
  length(part) < length(whole)
  and starts_with(whole, part)
  and (
    length(part) in (20, 24, 25, 30, 32, 35, 40, 45, 50, 60, 64, 80, 100, 120, 128, 255)
    or (length(part) + 1 in (20, 24, 25, 30, 32, 35, 40, 45, 50, 60, 64, 80, 100, 120, 128, 255) and substr(whole, length(part) + 1, 1) = ' ')
  )
);

-- What an integration did to a text on its way: garbled, cut, or NULL where it is simply another one.
create macro damage(shop, salesforce) as (
  case
    when is_garbled(salesforce) and not is_garbled(shop) then 'garbled'
    when strlen(shop) <> length(shop) and contains(salesforce, '?') and regexp_replace(shop, '[^\x00-\x7F]', '?', 'g') = salesforce then 'garbled'
    when is_cut(shop, salesforce) then 'cut'
  end
);

-- Status of a subscription in canonical words; NULL where the word is none that is known.
create macro subscription_status(v) as (
  case lower(replace(replace(trim(v), '-', '_'), ' ', '_'))
    when 'pending' then 'pending'
    when 'draft' then 'pending'
    when 'future' then 'pending'
    when 'active' then 'active'
    when 'activated' then 'active'
    when 'live' then 'active'
    when 'trial' then 'active'
    when 'trialing' then 'active'
    when 'paused' then 'paused'
    when 'on_hold' then 'paused'
    when 'suspended' then 'paused'
    when 'past_due' then 'paused'
    when 'unpaid' then 'paused'
    when 'pending_cancel' then 'cancelling'
    when 'cancelling' then 'cancelling'
    when 'cancelled' then 'cancelled'
    when 'canceled' then 'cancelled'
    when 'expired' then 'expired'
    when 'ended' then 'expired'
    when 'completed' then 'expired'
  end
);

-- The moment one billing interval ("1 month", "2 weeks") before another; NULL where the interval is none that is known.
create macro interval_before(t, v) as (
  case rtrim(split_part(lower(trim(v)), ' ', 2), 's')
    when 'day' then t - to_days(try_cast(split_part(trim(v), ' ', 1) as integer))
    when 'week' then t - to_days(7 * try_cast(split_part(trim(v), ' ', 1) as integer))
    when 'month' then t - to_months(try_cast(split_part(trim(v), ' ', 1) as integer))
    when 'year' then t - to_months(12 * try_cast(split_part(trim(v), ' ', 1) as integer))
  end
);
