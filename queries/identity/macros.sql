-- How names are made comparable. Temporary: only matching uses them.

-- Lower case, without accents; umlauts written as two letters lose the second one, on both sides of every comparison.
create or replace temp macro fold(v) as (
  replace(replace(replace(
    translate(strip_accents(replace(lower(nfc_normalize(v)), 'ß', 'ss')), 'łøđıæœ', 'lodiao'),
    'ae', 'a'
  ), 'oe', 'o'), 'ue', 'u')
);

-- The words of a text; apostrophes are no borders: O'Brien is one word.
create or replace temp macro words_of(v) as (
  list_filter(
    string_split(trim(regexp_replace(regexp_replace(fold(v), '[''’`´.]', '', 'g'), '[^\p{L}\p{M}\p{N}]+', ' ', 'g')), ' '),
    lambda w: w <> ''
  )
);

-- Consonants that sound alike are one, and vowels behind the first letter are none.
create or replace temp macro consonants(v) as (
  translate(
    replace(replace(replace(replace(replace(v, 'sch', 's'), 'ch', 's'), 'ph', 'f'), 'ck', 'k'), 'tz', 's'), 'cqzvwxdaeiouyjh', 'kksffst'
  )
);

-- Letters that stand twice in a row stand once.
create or replace temp macro single_stops(v) as (replace(replace(replace(replace(replace(v, 'bb', 'b'), 'gg', 'g'), 'kk', 'k'), 'pp', 'p'), 'tt', 't'));

create or replace temp macro single_others(v) as (
  replace(replace(replace(replace(replace(replace(v, 'ff', 'f'), 'll', 'l'), 'mm', 'm'), 'nn', 'n'), 'rr', 'r'), 'ss', 's')
);

-- What is left of a name when everything that ears do not tell apart is taken out.
create or replace temp macro skeleton(v) as (left(v, 1) || single_others(single_stops(consonants(substr(v, 2)))));

-- Bits of evidence in hundredths, so that sums are exact: how much more often records of one person agree than records of two.
create or replace temp macro bits(m, u) as (cast(round(100 * log2(m / u)) as integer));

-- Share of records that bear a value, without the two that are being compared.
create or replace temp macro share(n, total) as ((greatest(n - 2, 0) + 0.5) / total);

-- One or two letters apart, or two letters that changed places. The cheap tests go first; `case` is what keeps the others from being made.
create or replace temp macro is_slip(a, b, shortest) as (
  case
    when least(length(a), length(b)) >= shortest and abs(length(a) - length(b)) <= 2
      then
        case
          when jaro_winkler_similarity(a, b) >= 0.84
            then
              case
                when levenshtein(a, b) <= case when least(length(a), length(b)) >= 10 then 3 when least(length(a), length(b)) >= 6 then 2 else 1 end then true
                when length(a) = length(b) and length(a) >= 4
                  then levenshtein(a, b) = 2 and list_sort(string_split(a, '')) = list_sort(string_split(b, ''))
                else false
              end
          else false
        end
    else false
  end
);

-- Given and family name in each other's field; one of them may be mistyped.
create or replace temp macro is_swapped(given, family, other_given, other_family) as (
  (given = other_family and (family = other_given or is_slip(family, other_given, 4)))
  or (family = other_given and is_slip(given, other_family, 4))
);

-- The same town, or one that differs by a slip; an unknown one speaks neither way.
create or replace temp macro is_near_place(postal, city, other_postal, other_city) as (
  coalesce(postal = other_postal, false)
  or coalesce(city = other_city, false)
  or is_slip(postal, other_postal, 4)
  or is_slip(city, other_city, 4)
  or ((postal is null or other_postal is null) and (city is null or other_city is null))
);
