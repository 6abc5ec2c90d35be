"""What every platform module offers, and the words that snapshot and systems share.

A platform is a module or package ``recon.systems.<kind>`` with

* ``KIND``: the word used as ``kind`` in recon.toml,
* ``SIDE``: ``"shop"``, ``"salesforce"`` or ``"erp"``,
* ``Settings``: a pydantic model of its part of recon.toml (extends :class:`recon.config.settings.SystemSettings`),
* ``open_system(settings, context) -> Extractor``,
* a module ``example`` with ``EXAMPLE``, an :class:`Example` for ``recon init``.

Nothing registers it: :mod:`recon.systems.registry` lists the folder.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol


@dataclass(frozen=True)
class Stream:
    """One thing that is read from a system and lands in one folder of the snapshot.

    ``name`` is the folder (``[a-z0-9_]+``); ``entities`` the canonical tables that are staged from it; ``source`` is
    what the vendor calls it (an sObject, a GraphQL root field); ``columns`` the columns of a flat stream (None: nested JSON lines);
    ``personal`` the fields that hold personal data; ``has_delta`` is False where only a full read sees every change.
    """

    name: str
    entities: tuple[str, ...]
    source: str
    title: str
    columns: tuple[str, ...] | None = None
    personal: tuple[str, ...] = ()
    has_delta: bool = True


@dataclass(frozen=True)
class Window:
    """Which changes are wanted: ``since`` None means everything. Both ends are aware datetimes in UTC."""

    since: datetime | None
    until: datetime


@dataclass(frozen=True)
class Estimate:
    """What reading a stream will cost: rows and calls as near as the vendor tells; None where it does not."""

    rows: int | None
    calls: int
    note: str = ""


@dataclass(frozen=True)
class Chunk:
    """A unit that is stored whole or not at all, with the state from which reading goes on after it.

    ``lines`` are complete lines with their line end: JSON lines, or CSV text beginning with its header line (a CSV chunk
    becomes a file of its own). They may be an iterator over a huge download: nothing is held in memory.
    ``rows`` is how many records the lines must hold (None: not known beforehand); the store raises IncompleteError
    when they differ. ``state`` is JSON; a chunk without lines only records state (a bulk job's id, say).
    ``part`` True means a big file of its own (a bulk result) and not one page of many. Format ``file`` lands bytes as they are
    under the ending of ``name``: evidence that nothing is staged from.
    """

    lines: Iterable[bytes]
    state: Mapping[str, Any]
    rows: int | None = None
    format: str = "jsonl"
    part: bool = False
    name: str = ""


@dataclass(frozen=True)
class Proof:
    """Whether a stream is complete, and how that is known. ``expected`` is the vendor's own count of records."""

    complete: bool
    method: str
    expected: int | None = None
    reason: str = ""
    watermark: datetime | None = None
    window_from: datetime | None = None
    """where the account may only be read from a certain moment on; None where the window asked for was read"""
    unreadable: Mapping[str, str] = field(default_factory=dict)
    """canonical field or vendor field → why it could not be read"""


By = Literal["id", "order", "product", "variant", "external", "number"]
"""What a key of :meth:`Extractor.reread` is: the record's own id, the id of its order, product or variant (all as in the canonical
table), or of Salesforce's records the id of the shop's record that they carry; ``number`` is the number that people call an order by."""

State = Literal["here", "deleted", "trashed", "merged", "hidden", "gone"]
"""What a second look finds of a record. ``deleted``: the system says so; ``trashed``: it lies in a bin or archive, from which it may come
back; ``merged``: another record stands for it; ``hidden``: it is there, and may not be read; ``gone``: there is no such record, and
the system does not tell why."""


@dataclass(frozen=True)
class Fate:
    """What became of a record that was asked for; ``into`` is the id of the one it was merged into, where that is told."""

    state: State
    into: str | None = None


HERE, GONE = Fate("here"), Fate("gone")


@dataclass(frozen=True)
class Look:
    """Records that were read again, stored whole or not at all: ``lines`` as :class:`Chunk` has them, in the shape of their stream.

    ``rows`` is the number of lines; ``fates`` has an entry for every key that is answered by it, whether or not a record came.
    """

    lines: Sequence[bytes]
    rows: int
    fates: Mapping[str, Fate]


@dataclass(frozen=True)
class Check:
    """One line of ``recon doctor``: ``level`` is ok, warn or fail; ``hint`` says what to do."""

    level: str
    subject: str
    message: str
    hint: str = ""


@dataclass(frozen=True)
class SystemFacts:
    """What the warehouse and the report must know of a system besides its records."""

    account_id: str
    title: str
    base_url: str
    record_url_template: str
    time_zone: str | None
    currency: str | None
    api_version: str
    tax_included: bool | None = None
    mapping: Mapping[str, Any] | None = None
    """which object and field holds what (recon.config.mapping), as plain JSON, where that is configured"""


@dataclass(frozen=True)
class Ask:
    """A value that nobody but the user knows; ``key`` is its name in the example's text."""

    key: str
    question: str
    example: str


@dataclass(frozen=True)
class Example:
    """What ``recon init`` asks about a system of a platform and writes for it.

    ``name`` is what the system is called where nobody says otherwise; ``text`` the keys below ``[systems.<name>]``, with ``$key`` for
    what was asked, ``$name`` for the system's name and ``$ENV`` for the beginning of its secrets' variables.
    """

    title: str
    name: str
    env: str
    asks: tuple[Ask, ...]
    text: str


class Extractor(Protocol):
    """How a platform is read. Methods raise errors of :mod:`recon.errors` and nothing else."""

    def facts(self) -> SystemFacts:
        """Facts of the account, read once."""
        ...

    def streams(self) -> tuple[Stream, ...]:
        """Streams that this account can offer; what cannot be read is in :meth:`not_covered`."""
        ...

    def not_covered(self) -> Mapping[str, str]:
        """Canonical table → why this account does not offer it, as a sentence."""
        ...

    def absent(self) -> Collection[str]:
        """Tables of :meth:`not_covered` of which there is nothing to read: the platform or plan has no such data, or recon.toml
        names none. Of the others there may be something that could not be seen. Likewise columns, as ``<table>.<column>``."""
        ...

    def estimate(self, stream: Stream, window: Window) -> Estimate:
        """Rows and calls of reading a stream; spends as few calls as it can."""
        ...

    def read(self, stream: Stream, window: Window, state: Mapping[str, Any] | None) -> Iterator[Chunk]:
        """Yield chunks; ``state`` is that of the last chunk stored by an interrupted run, or None."""
        ...

    def prove(self, stream: Stream, window: Window, rows: int, state: Mapping[str, Any] | None) -> Proof:
        """Ask whether ``rows`` records (roots, not children) are all there are. Called once after the last chunk."""
        ...

    def again(self, table: str, by: By) -> Sequence[Stream]:
        """Streams in which records of a canonical table can be read again by such keys; empty where they cannot.

        Several hold records of different kinds, or what the rows are also made of: a stream that does not have a record says gone.
        """
        ...

    def reread(self, stream: Stream, by: By, keys: Sequence[str]) -> Iterator[Look]:
        """Read records as they are now, by key and in as few calls as the vendor allows, also those that lists leave out.

        Every key is answered once. A key that cannot be one of the vendor's is answered as gone, without a call.
        """
        ...

    def checks(self) -> Iterator[Check]:
        """The system's part of ``recon doctor``."""
        ...

    @property
    def calls(self) -> int:
        """Requests sent so far."""
        ...

    def close(self) -> None:
        """Give sessions back."""
        ...


class ReadOnce:
    """The part of :class:`Extractor` of a system that cannot be asked for single records."""

    def again(self, table: str, by: By) -> Sequence[Stream]:
        """Nothing can be read again."""
        return ()

    def reread(self, stream: Stream, by: By, keys: Sequence[str]) -> Iterator[Look]:
        """Nothing is answered."""
        return iter(())


def unfilled(open_streams: Iterable[Stream], refused: Iterable[tuple[Stream, str]], never: Mapping[str, str]) -> dict[str, str]:
    """For :meth:`Extractor.not_covered`: tables that no open stream fills, with the reason of the (last) stream that would have.

    ``refused`` are streams and why they cannot be read, empty where they can; ``never`` what the platform does not have at all.
    """
    filled = {table for stream in open_streams for table in stream.entities}
    result = dict(never)
    for stream, why in refused:
        result.update({table: why for table in stream.entities if why and table not in filled})
    return result


def fewer(rows: int, read: int) -> list[str]:
    """For :meth:`Extractor.prove`: why a snapshot that holds less records than were read is not complete; empty where it holds them all."""
    return [f"The snapshot holds {rows:,} records where {read:,} were read."] if rows < read else []


@dataclass(frozen=True)
class Overlap:
    """How many of some values are keys of one system's records: ``key`` is id or number, ``share`` from 0 to 1."""

    system: str
    key: str
    share: float


@dataclass
class Context:
    """What an extractor is given besides its settings: nothing global, so that tests can replace each part."""

    name: str
    now: Any
    """Callable returning the present as an aware datetime; tests pass a fixed clock"""
    sleep: Any
    """Callable waiting for seconds; tests pass one that only counts"""
    limits: Any
    """recon.config.settings.Limits"""
    overlaps: Callable[[str, Sequence[str]], Sequence[Overlap]] | None = None
    """Compares values with the keys of a canonical table in the newest snapshot; None where there is none"""
