"""Two values side by side: what changed is marked, what the eye cannot see is shown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recon.report.difference import compare, printable, visible


@pytest.mark.parametrize(
    ("shop", "salesforce", "left", "right", "note"),
    [
        ("119.90", "109.90", ("", "119.90", ""), ("", "109.90", ""), None),
        ("SKU-119-B", "SKU-109-B", ("SKU-1", "1", "9-B"), ("SKU-1", "0", "9-B"), None),
        ("a@x.example ", "a@x.example", ("a@x.example", "␣", ""), ("a@x.example", "", ""), "trailing blank in the shop"),
        ("a", " a", ("", "", "a"), ("", "␣", "a"), "leading blank in Salesforce"),
        ("A@x", "a@x", ("", "A", "@x"), ("", "a", "@x"), "only upper and lower case differ"),
        ("a\u00a0b", "a b", ("a", "⍽", "b"), ("a", " ", "b"), "only blanks or invisible characters differ"),
        ("a\u200bb", "ab", ("a", "[U+200B]", "b"), ("a", "", "b"), "only blanks or invisible characters differ"),
        ("é", "e\u0301", ("", "é", ""), ("", "e\u0301", ""), "same letters, written with other characters"),
        ("x", "x", ("x", "", ""), ("x", "", ""), None),
        ("line\none", "line\ttwo", ("line", "↵one", ""), ("line", "⇥two", ""), None),
    ],
)
def test_changes_are_cut_out(shop: str, salesforce: str, left: tuple[str, ...], right: tuple[str, ...], note: str | None) -> None:
    sides = compare(shop, salesforce)
    assert (sides.shop, sides.salesforce, sides.note) == (left, right, note)


def test_an_empty_side_is_empty_and_not_a_word() -> None:
    sides = compare("x", None)
    assert sides.shop == ("", "x", "") and sides.salesforce is None
    assert compare("", None).shop is None
    assert compare("  ", None).note == "only blanks"


def test_signs_that_turn_the_direction_of_writing_are_shown() -> None:
    assert visible("abc\u202ecba") == "abc[U+202E]cba"
    assert printable("abc\u202ecba\u2066") == "abc[U+202E]cba[U+2066]"


def test_a_joined_emoji_is_never_cut_in_two() -> None:
    family, other = "\U0001f468\u200d\U0001f469\u200d\U0001f467", "\U0001f468\u200d\U0001f469\u200d\U0001f466"
    sides = compare(f"x{family}", f"x{other}")
    assert sides.shop is not None and sides.shop[0] == "x"


def test_long_values_show_the_change_and_what_is_around_it() -> None:
    sides = compare("a" * 10_000 + "X" + "b" * 10_000, "a" * 10_000 + "Y" + "b" * 10_000)
    assert sides.shop == ("…" + "a" * 40, "X", "b" * 40 + "…")
    assert "(9,700 more characters)" in "".join(compare("a" * 10_000, None).shop or ())


@given(st.text(max_size=9), st.text(max_size=9))
def test_pieces_put_together_are_the_visible_value(shop: str, salesforce: str) -> None:
    sides = compare(shop, salesforce)
    for value, pieces in ((shop, sides.shop), (salesforce, sides.salesforce)):
        assert (pieces is None) == (not value)
        if pieces is not None:
            assert "".join(pieces) == visible(value)
