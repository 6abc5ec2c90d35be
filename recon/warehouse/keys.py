"""Keys that SQL alone cannot make: phone numbers in E.164.

Every distinct pair of number and country is looked at once. What is already E.164 (``+4930…``) and ten digits in North America
are read in SQL; the rest goes through phonenumberslite. A number without country and without ``+`` or ``00`` has no key, and
neither has one of impossible length or of one repeated digit, since those are placeholders.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import duckdb
import polars as pl

from recon.warehouse.engine import quote

_TRUNK = r"^\+([17]|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|[235689][0-9]{2})0"
"""A zero right behind a calling code may be a trunk prefix that must go (+49 030…): such numbers are not taken as they are."""

_FAST = rf"""
    case
        when regexp_full_match(compact, '\+[2-9][0-9]{{7,14}}') and not regexp_matches(compact, '{_TRUNK}') then compact
        when digits is not null and (country in ('US', 'CA') or starts_with(compact, '+1'))
            and regexp_full_match(digits, '1?[2-9][0-9]{{2}}[2-9][0-9]{{6}}') then '+1' || right(digits, 10)
    end
"""


def phone_keys(con: duckdb.DuckDBPyConnection, source: str, target: str) -> None:
    """Make table ``target`` (phone, country, phone_key) of all distinct pairs in ``source``."""
    con.execute(
        f"""
        create or replace table {target} as
        with pairs as (select distinct phone, country from {source} where phone is not null),
        compact as (
            select phone, country, regexp_replace(phone, '[\\s().\\-/]', '', 'g') as compact from pairs
        ),
        parts as (
            select phone, country, compact,
                case when regexp_full_match(compact, '\\+?[0-9]+') then ltrim(compact, '+') end as digits
            from compact
        )
        select phone, country, {_FAST} as phone_key from parts
        """
    )
    slow = con.execute(f"select phone, country from {target} where phone_key is null order by phone, country").fetchall()
    if slow:
        _parsed(con, target, slow)
    con.execute(
        f"update {target} set phone_key = null where regexp_full_match(phone_key, '\\+[0-9]{{1,3}}(0+|1+|2+|3+|4+|5+|6+|7+|8+|9+)')"
    )


def _parsed(con: duckdb.DuckDBPyConnection, target: str, pairs: Sequence[tuple[str, str | None]]) -> None:
    frame = pl.DataFrame(
        [(phone, country, e164(phone, country)) for phone, country in pairs],
        schema={"phone": pl.String, "country": pl.String, "phone_key": pl.String},
        orient="row",
    )
    with tempfile.TemporaryDirectory(prefix="recon-") as folder:
        # NOTE: without pyarrow DuckDB cannot look into a Polars frame, so the frame goes through a file.
        file = Path(folder) / "phones.parquet"
        frame.write_parquet(file)
        con.execute(
            f"""
            update {target} set phone_key = k.phone_key from read_parquet({quote(str(file))}) as k
            where {target}.phone = k.phone and {target}.country is not distinct from k.country
            """
        )


def e164(phone: str, country: str | None) -> str | None:
    """The number in E.164, or None where it cannot be one; ``country`` is ISO 3166 alpha-2 or anything else, which counts as unknown."""
    import phonenumbers

    text = "+" + phone.strip()[2:] if phone.strip().startswith("00") else phone
    region = country.upper() if country and len(country) == 2 else None
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
