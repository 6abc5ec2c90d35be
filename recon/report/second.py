"""What a report says of the second look: what was in flight, what was gone, and what was seen once only."""

from __future__ import annotations

from collections.abc import Iterator

from recon.report.model import SecondLook
from recon.report.words import Words, join, plural

GONE = {"deleted": "deleted", "trashed": "put into the bin", "merged": "merged", "gone": "gone without a trace"}
"""What became of a record, as the end of a sentence."""

ONCE = {
    "budget": "beyond the budget",
    "failed": "the system failed",
    "impossible": "the system cannot be asked for single records",
    "hidden": "the record is hidden by now",
    "unasked": "not asked for again",
}
"""Why a finding was seen once only."""


def sentences(look: SecondLook | None, words: Words) -> Iterator[str]:
    """Everything worth saying; nothing where all that was flagged was confirmed, or nothing was flagged."""
    if look is None:
        return
    if look.state in {"none", "failed"}:
        yield look.reason or "The second look came to nothing."
    if look.in_flight:
        were = plural(look.in_flight, "difference was", "differences were")
        rest = f"gone when both sides were read again, and {plural(look.in_flight, 'is', 'are')} not counted."
        yield f"In flight: {words.number(look.in_flight)} {were} {rest}"
    if gone := sum(look.gone.values()):
        how = join(f"{GONE.get(what, what)} ({words.number(count)})" for what, count in look.gone.items())
        is_out = plural(gone, "difference is", "differences are")
        yield f"Ended meanwhile: {words.number(gone)} {is_out} not counted either, whose own record was {how}."
    if (once := sum(look.once.values())) and look.state != "failed":
        why = join(f"{words.number(count)} {ONCE.get(what, what)}" for what, count in look.once.items())
        were = plural(once, "finding", "findings")
        yield f"Seen once: {words.number(once)} {were} could not be looked at twice ({why}). {' '.join(look.reasons[:3])}"
