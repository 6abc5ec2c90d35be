"""Systems that kept their name and are not the same any more: a setting was pointed at another shop or org.

Nothing that was found in the one can be looked for in the other, though ids and numbers may be alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from recon.audit.result import SystemSummary


@dataclass(frozen=True)
class Moved:
    """A system whose account was ``before`` and is ``after``."""

    system: str
    before: str
    after: str
    concerns_all: bool
    """It is what every shop is compared with, so no finding of any system holds for the other account."""


def moved(before: Sequence[SystemSummary], after: Sequence[SystemSummary]) -> tuple[Moved, ...]:
    """What moved between two runs; a system of which either run did not know the account counts as the same."""
    known = {system.name: system for system in before}
    found = []
    for system in after:
        old = known.get(system.name)
        if old and old.account_id and system.account_id and (old.kind, old.account_id) != (system.kind, system.account_id):
            found.append(Moved(system.name, old.account_id, system.account_id, system.side != "shop"))
    return tuple(found)
