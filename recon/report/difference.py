"""Two values side by side: what is the same, what changed, and what the eye cannot see."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

KEEP = 40
"""Characters of equal text that stay beside a change in long values."""

MOST = 300
"""Characters of a changed part that are shown; the whole value is in report.json."""

_NAMED = {"\u00a0": "⍽", "\u202f": "⍽", "\u2007": "⍽", "\t": "⇥", "\n": "↵", "\r": "␍", "\x00": "␀", "\u2028": "↵", "\u2029": "¶"}
_HIDDEN = re.compile(
    "[\x00-\x1f\x7f-\xa0\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\u3164\ufeff\uffa0\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)
_NUMBER = re.compile(r"[-+]?\d[\d.,]*")
"""A number is read as a whole: marked digits in its middle would mislead."""

_BLANKS = "\u00a0\u202f\u2007\u3000"
_JOINERS = "\u200c\u200d"
_ENDS = re.compile(r"^ +| +$|(?<= ) +| +(?= )")


@dataclass(frozen=True)
class Sides:
    """Both values as pieces: same, changed, same; None means empty. ``note`` names what can hardly be seen."""

    shop: tuple[str, str, str] | None
    salesforce: tuple[str, str, str] | None
    note: str | None


def visible(text: str) -> str:
    """Blanks at the ends, doubled blanks and characters without a shape of their own become visible signs."""
    return _HIDDEN.sub(_sign, _ENDS.sub(lambda hit: "␣" * len(hit.group()), text))


def printable(text: str) -> str:
    """Text for sentences and labels: what has no shape or turns the direction of writing is shown as a sign, wide blanks are blanks."""
    return _HIDDEN.sub(lambda hit: " " if hit.group() in _BLANKS else _sign(hit), text)


def _sign(hit: re.Match[str]) -> str:
    character = hit.group()
    if character in _JOINERS and all(
        ord(c) > 0x2FF for c in hit.string[hit.start() - 1 : hit.start()] + hit.string[hit.end() : hit.end() + 1]
    ):
        return character  # it belongs to an emoji or to a script that needs it
    return _NAMED.get(character) or f"[U+{ord(character):04X}]"


def compare(shop: str | None, salesforce: str | None) -> Sides:
    """Pieces of both values. An empty text counts as empty: no system distinguishes it reliably."""
    left, right = shop or None, salesforce or None
    if left is None or right is None:
        return Sides(_alone(left), _alone(right), _blank_note(left, right))
    a, b = visible(left), visible(right)
    start, end = (0, 0) if a != b and _NUMBER.fullmatch(a) and _NUMBER.fullmatch(b) else _common(a, b)
    return Sides(_pieces(a, start, end), _pieces(b, start, end), _note(left, right))


def _alone(text: str | None) -> tuple[str, str, str] | None:
    return None if text is None else ("", _cut(visible(text)), "")


def _blank_note(left: str | None, right: str | None) -> str | None:
    only = left or right
    return "only blanks" if only and not only.strip() else None


def _note(left: str, right: str) -> str | None:
    if left == right:
        return None
    if unicodedata.normalize("NFC", left) == unicodedata.normalize("NFC", right):
        return "same letters, written with other characters"
    if left.casefold() == right.casefold():
        return "only upper and lower case differ"
    squeezed = ["".join(_HIDDEN.sub("", text).split()) for text in (left, right)]
    if squeezed[0] == squeezed[1]:
        return _blanks(left, right)
    return None


def _blanks(left: str, right: str) -> str:
    for name, strip in (("trailing", str.rstrip), ("leading", str.lstrip)):
        for side, text, other in (("the shop", left, right), ("Salesforce", right, left)):
            if strip(text) == other:
                return f"{name} blank in {side}"
    return "only blanks or invisible characters differ"


def _common(a: str, b: str) -> tuple[int, int]:
    """Length of the common start and end, never inside a letter with its accents or a joined emoji."""
    most = min(len(a), len(b))
    start = next((i for i in range(most) if a[i] != b[i]), most)
    while start and (_joins(a[start : start + 1]) or _joins(b[start : start + 1]) or a[start - 1] == "\u200d"):
        start -= 1
    end = next((i for i in range(most - start) if a[-1 - i] != b[-1 - i]), most - start)
    while end and _joins(a[len(a) - end]):
        end -= 1
    return start, end


def _joins(character: str) -> bool:
    return bool(character) and (
        unicodedata.combining(character) != 0 or character in "\u200d\ufe0f" or "\U0001f3fb" <= character <= "\U0001f3ff"
    )


def _pieces(text: str, start: int, end: int) -> tuple[str, str, str]:
    head, middle, tail = text[:start], text[start : len(text) - end], text[len(text) - end :]
    if len(head) > 2 * KEEP:
        head = "…" + head[-KEEP:]
    if len(tail) > 2 * KEEP:
        tail = tail[:KEEP] + "…"
    return head, _cut(middle), tail


def _cut(text: str) -> str:
    return text if len(text) <= MOST else f"{text[:MOST]}… ({len(text) - MOST:,} more characters)"
