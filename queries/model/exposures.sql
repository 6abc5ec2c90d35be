-- One row is something secret in a free text, such as a card number in a note. The text itself is not kept.
create table exposures (
  system varchar not null,
  record_id varchar not null,
  entity varchar,
  about_id varchar,
  field varchar,
  kind varchar,
  shown varchar,
  seen_at timestamp,
  file varchar,
  line bigint
);

comment on table exposures is 'One row is something secret in a free text, such as a card number in a note. The text itself is not kept.';
comment on column exposures.system is 'Name of the system in recon.toml that this row was read from.';
comment on column exposures.record_id is 'Made of table, record, field and kind.';
comment on column exposures.entity is 'Canonical table of the record in which the text stands.';
comment on column exposures.about_id is 'record_id of that record.';
comment on column exposures.field is 'Field of the record, in canonical words.';
comment on column exposures.kind is 'card, password or identity_number.';
comment on column exposures.shown is 'What may be shown of it: of a card the first six and the last four digits, of all else nothing but its name.';
comment on column exposures.seen_at is 'When this row was read (UTC).';
comment on column exposures.file is 'File of the snapshot in which the row lies, relative to the snapshot folder.';
comment on column exposures.line is 'Line of that file, counted from 1; NULL where the format has no stable lines.';

-- Free texts: digits of any width as plain ones, and every kind of blank and dash as one.
create macro plain_digits(v) as (
  regexp_replace(regexp_replace(translate(v, '０１２３４５６７８９', '0123456789'), '[\p{Pd}]', '-', 'g'), '[\p{Zs}\t]', ' ', 'g')
);

-- Whether a text of digits ends in the check digit that Luhn's formula asks for.
create macro is_luhn(d) as (
  list_sum(
    list_transform(
      range(1, length(d) + 1),
      lambda i: case
        when (length(d) - i) % 2 = 0 then cast(substr(d, i, 1) as integer)
        else (2 * cast(substr(d, i, 1) as integer)) % 10 + (2 * cast(substr(d, i, 1) as integer)) // 10
      end
    )
  ) % 10 = 0
);

-- Ranges and lengths of the issuers (ISO/IEC 7812): Visa, Mastercard, American Express, Discover, JCB, Diners Club, UnionPay.
create macro has_issuer(d) as (
  regexp_full_match(
    d,
    '4[0-9]{15}|4[0-9]{18}|5[1-5][0-9]{14}|2(22[1-9]|2[3-9][0-9]|[3-6][0-9]{2}|7[01][0-9]|720)[0-9]{12}|3[47][0-9]{13}'
    || '|(6011|65[0-9]{2}|64[4-9][0-9])[0-9]{12}|35(2[89]|[3-8][0-9])[0-9]{12}|3(0[0-5]|[689][0-9])[0-9]{11}|62[0-9]{14,17}'
  )
);

-- The payment cards in a text, as they may be shown. Numbers that are part of a longer word, of an address or of an id are none.
create macro cards_in(v) as (
  list_transform(
    list_filter(
      list_transform(
        regexp_extract_all(plain_digits(v), '(?:^|[^0-9A-Za-z/_.=#+-])((?:[0-9][ -]?){12,18}[0-9])(?:$|[^0-9A-Za-z_-])', 1),
        lambda c: regexp_replace(c, '[^0-9]', '', 'g')
      ),
      lambda d: has_issuer(d) and is_luhn(d)
    ),
    lambda d: left(d, 6) || '…' || right(d, 4)
  )
);

-- A text without the digits in the middle of anything that is as long as a card number.
create macro without_cards(v) as (
  case
    when regexp_matches(v, '[0-9０-９](?:[^0-9０-９A-Za-z]?[0-9０-９]){12}') and len(cards_in(v)) > 0
      then regexp_replace(plain_digits(v), '([0-9])((?:[ -]?[0-9]){7,14})((?:[ -]?[0-9]){4})', '\1…\3', 'g')
    else v
  end
);

-- Whether it is worth looking closer: thirteen digits, or one of the words that stand before a secret.
create macro may_expose(v) as (
  regexp_matches(v, '[0-9０-９](?:[^0-9０-９A-Za-z]?[0-9０-９]){12}')
  or regexp_matches(v, '(?i)passw|kennwort|mot de passe|contraseñ|passport|passnummer|reisepass|ausweis|steuer-?id|social security|ssn|[0-9]{3}-[0-9]{2}-[0-9]{4}')
);

-- What a text gives away, by kind, with what may be shown of it.
create macro exposed(v) as (
  list_filter(
    [
      case when len(cards_in(v)) > 0 then struct_pack(kind := 'card', shown := array_to_string(cards_in(v), ', ')) end,
      case
        when regexp_matches(v, '(?i)(password|passwort|kennwort|mot de passe|contraseña)\s*(is|ist|lautet|est|es)?\s*[:=]\s*[^\s*•…]{4,}')
          then struct_pack(kind := 'password', shown := 'a password')
      end,
      case
        when
          regexp_matches(v, '(^|[^0-9-])([1-57-8][0-9]{2}|0[0-9][1-9]|0[1-9]0|6[0-57-9][0-9]|66[0-57-9])-[0-9]{2}-[0-9]{4}($|[^0-9-])')
          or regexp_matches(
            v, '(?i)(passport|passnummer|reisepass|ausweis|steuer-?id|social security|ssn)[a-z-]*[ :#-]{0,3}((nr|no)\.?|number|nummer)?[ :#-]{0,3}[a-z]{0,3}[0-9][0-9a-z]{5,13}'
          )
          then struct_pack(kind := 'identity_number', shown := 'an identity number')
      end
    ],
    lambda e: e is not null
  )
);
