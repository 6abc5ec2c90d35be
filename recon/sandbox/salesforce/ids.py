"""Record ids as Salesforce makes them: a prefix of three characters, a number in base 62, and a checksum of three.

The checksum encodes which of the first fifteen characters are capitals, five at a time, so that ids survive systems that
ignore case. Source: "ID field type" in the vendor's object reference.
"""

from __future__ import annotations

import re

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_CHECK = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_SHAPE = re.compile(r"[0-9A-Za-z]{15}(?:[A-Z0-5]{3})?")


def checksum(fifteen: str) -> str:
    """The three characters that follow a 15-character id."""
    groups = (fifteen[0:5], fifteen[5:10], fifteen[10:15])
    return "".join(_CHECK[sum(1 << place for place, letter in enumerate(group) if "A" <= letter <= "Z")] for group in groups)


def normal(text: str) -> str | None:
    """The 18-character form of an id in either form; None for what is no id or has a wrong checksum."""
    if not isinstance(text, str) or _SHAPE.fullmatch(text) is None:
        return None
    full = text[:15] + checksum(text[:15])
    return full if len(text) == 15 or full == text else None


INSTANCE = "7Q0"
"""What follows the prefix in every id of the stand-in."""


def mint(prefix: str, number: int) -> str:
    """The id of the ``number``-th record of an object; ids of one prefix sort by number."""
    digits = ""
    rest = number
    for _ in range(9):
        rest, digit = divmod(rest, 62)
        digits = ALPHABET[digit] + digits
    fifteen = f"{prefix}{INSTANCE}{digits}"
    return fifteen + checksum(fifteen)


def number_of(record_id: str, prefix: str) -> int:
    """Undo :func:`mint`; 0 for ids that it did not make."""
    if not record_id.startswith(prefix + INSTANCE):
        return 0
    number = 0
    for digit in record_id[6:15]:
        number = number * 62 + ALPHABET.index(digit)
    return number
