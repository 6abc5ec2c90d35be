"""The whole of it: who is meant, where he is, taking him out, and the proof."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from recon.config.settings import Settings
from recon.errors import StoreError, UsageError
from recon.forget import places, raw
from recon.forget.eraser import LONG, Eraser
from recon.forget.person import Person, find
from recon.forget.places import Found

_ALONE = frozenset({"email", "phone", "street", "name"})
"""Kinds of values that can be one person's alone."""


@dataclass(frozen=True)
class Forgotten:
    """What was found, and after ``confirm`` removed: ``proved`` files were read again and hold nothing any more."""

    confirmed: bool
    customers: tuple[tuple[str, str], ...]
    orders: tuple[tuple[str, str], ...]
    places: tuple[Found, ...]
    shared: int
    """values of the person that records of others hold too: they are taken out of the person's own records only"""
    proved: int


def forget(
    settings: Settings, emails: Iterable[str], ids: Iterable[str], *, confirm: bool = False, say: Callable[[str], None] = lambda text: None
) -> Forgotten:
    """Find a person by address or id, and with ``confirm`` take what tells of him out of everything that is kept.

    The caller holds the WorkspaceLock. Raises UsageError where nobody can be meant, StoreError where something cannot be read or, after
    all, still holds a value, PlanError where a plan must be settled first.
    """
    emails, ids = [one for one in emails if one.strip()], [one for one in ids if one.strip()]
    _check(emails, ids)
    for folder in sorted(path for path in (settings.state_dir / "snapshots").glob("*/") if path.is_dir()):
        raw.finish(folder)
    places.check_plans(settings.state_dir)
    say("Looking through the tables of every snapshot …")
    person = find(settings, emails, ids)
    places.know(settings.state_dir, person)
    files = raw.files(settings.state_dir)
    say(f"Reading {len(files)} raw files …")
    eraser, shared = _eraser(person, files)
    found = _everywhere(settings, person, eraser, files, write=confirm, say=say)
    proved = _prove(settings, eraser) if confirm else 0
    return Forgotten(confirm, tuple(sorted(person.customers)), tuple(sorted(person.orders)), tuple(found), shared, proved)


def _check(emails: Sequence[str], ids: Sequence[str]) -> None:
    if not emails and not ids:
        raise UsageError("Nobody is named.", "Say who with --email or --id.")
    for email in emails:
        if "@" not in email.strip("@ ") or any(sign.isspace() for sign in email.strip()):
            raise UsageError(f"{email!r} is no e-mail address.", "Give the whole address, or an id with --id.")


def _eraser(person: Person, files: Sequence[raw.RawFile]) -> tuple[Eraser, int]:
    """What is taken out. A value that records of others hold too stays there."""
    ids = {record_id for _, record_id in person.records} | set(person.ids)
    values = person.values | raw.survey(files, person, Eraser.of(person.values, ids))
    asked = {value for value in values if value.hard}
    texts = {value.text.casefold() for value in asked}
    values = asked | {value for value in values if not value.hard and value.text.casefold() not in texts}
    tried = {
        replace(
            value, hard=value.hard or (value.kind in _ALONE and len(value.text) >= 5) or (value.kind == "other" and len(value.text) >= LONG)
        )
        for value in values
    }
    first = Eraser.of(tried, ids)
    others = raw.borne_by_others(files, person, first) - {value.text.casefold() for value in asked}
    kept = {replace(value, hard=value.hard and value.text.casefold() not in others) for value in tried}
    return Eraser.of(kept, ids, first.tag), len(others)


def _everywhere(
    settings: Settings, person: Person, eraser: Eraser, files: Sequence[raw.RawFile], *, write: bool, say: Callable[[str], None]
) -> list[Found]:
    """Place by place; snapshots last, since the person is found by them when a killed command is run again."""
    said = "Rewriting" if write else "Looking through"
    say(f"{said} history, plans and reports …")
    found, runs = places.erase_history(settings.state_dir, person, eraser, write=write)
    found += places.erase_plans(settings.state_dir, eraser, write=write)
    found += places.erase_reports(settings, runs, eraser, write=write)
    say(f"{said} snapshots …")
    if write:
        counted = raw.erase(settings.state_dir, person, eraser, files)
    else:
        counted = Counter[Path]()
        for file in files:
            counted[file.snapshot] += raw.count(file, person, eraser)[0]
    found += [Found(f"snapshots/{folder.name}", "records", count) for folder, count in sorted(counted.items()) if count]
    return found + places.erase_rest(settings, eraser, write=write)


def _prove(settings: Settings, eraser: Eraser) -> int:
    """Read everything again; returns how many files were read. StoreError names those that still hold something."""
    left = places.left(settings, eraser)
    if left:
        names = ", ".join(str(path.relative_to(settings.workspace)) for path in list(left)[:5])
        raise StoreError(f"{len(left)} files still hold something of the person: {names}.", "Remove them, or report this.")
    return len(places.every_file(settings))
