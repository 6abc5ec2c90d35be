"""Phone keys."""

from __future__ import annotations

import pytest

from recon.warehouse import keys
from recon.warehouse.engine import connect

CASES = [
    ("+49 30 1234567", "DE", "+49301234567"),
    ("030 1234567", "DE", "+49301234567"),
    ("+49 (0)30 1234567", None, "+49301234567"),
    ("+490301234567", None, "+49301234567"),
    ("0049301234567", None, "+49301234567"),
    ("+39 06 12345678", None, "+390612345678"),
    ("(202) 555-0123", "US", "+12025550123"),
    ("1-202-555-0123", "US", "+12025550123"),
    ("+12025550123", None, "+12025550123"),
    ("020 7946 0958", "GB", "+442079460958"),
    ("030 1234567", None, None),
    ("12", "DE", None),
    ("+49 000000000", "DE", None),
    ("+1 111 111 1111", None, None),
    ("no phone", "DE", None),
    ("030 1234567", "Atlantis", None),
]


@pytest.mark.parametrize("threads", [1, 2])
def test_numbers_written_in_many_ways_have_one_key(threads: int) -> None:
    with connect(None, locked=False, threads=threads) as con:
        con.execute("create table people (phone varchar, country varchar)")
        con.executemany("insert into people values (?, ?)", [(phone, country) for phone, country, _ in CASES] * 2)
        keys.phone_keys(con, "people", "phone_keys")
        found = con.execute("select phone, country, phone_key from phone_keys").fetchall()
    assert sorted(found, key=str) == sorted(set(CASES), key=str)


def test_the_fast_way_agrees_with_the_library() -> None:
    numbers = [f"+{code}{rest}" for code in ("49", "44", "33", "39", "7", "90", "353", "420", "81") for rest in ("2071838750", "612345678")]
    with connect(None, locked=False) as con:
        con.execute("create table people (phone varchar, country varchar)")
        con.executemany("insert into people values (?, null)", [(number,) for number in numbers])
        keys.phone_keys(con, "people", "phone_keys")
        found = dict(con.execute("select phone, phone_key from phone_keys").fetchall())
    differs = {number: (key, keys.e164(number, None)) for number, key in found.items() if keys.e164(number, None) not in (None, key)}
    assert differs == {}
