"""Reading lists page by page: takes walks up again, drains nested connections, leaves out what is denied, shrinks pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any, TypeVar

from recon.errors import IncompleteError, RetriableError, SourceError
from recon.systems.base import Chunk
from recon.systems.exact import dump
from recon.systems.shopify.client import Client, TooMuch
from recon.systems.shopify.documents import Operation, Path, drain_text, page_text
from recon.systems.shopify.lines import ChildCheck, flatten, is_connection, kind_of
from recon.systems.shopify.streams import Reading, Walk, search_text, since_term

WALK_ROWS = 20_000
"""Rows after which a walk begins anew behind the last one; Shopify ends a walk at 25,000 (vendor's guide on pagination)."""

DENIED = "Shopify denied access to it: protected customer data that this app or plan may not read, or a scope that is missing"

_SMALL = 5
_REPEATS = 2

T = TypeVar("T")
State = MutableMapping[str, Any]


@dataclass
class Asker:
    """Asks for pages of one stream. ``denied`` grows: a field that was denied once is not asked for again."""

    client: Client
    reading: Reading
    operation: Operation
    denied: MutableMapping[Path, str]
    size: int
    shrink: int = 1

    @property
    def allowed(self) -> Operation:
        """The document without denied fields."""
        return self.operation.without(self.denied)

    @property
    def sizes(self) -> dict[Path, int]:
        """How many of each nested connection are asked for at once."""
        return {path: max(1, size // self.shrink) for path, size in self.reading.sizes.items()}

    def ask(
        self,
        text: Callable[[], str],
        variables: Callable[[], Mapping[str, Any]],
        take: Callable[[Mapping[str, Any]], T | None],
        below: Path = (),
    ) -> T:
        """What ``take`` finds in the answer; None there means that this is no answer to the question.

        It is asked again without fields that are denied, and for fewer records where it is too much.
        """
        rescued, strange = False, 0
        while True:
            try:
                reply = self.client.ask(text(), variables(), shrinkable=True)
            except TooMuch:
                self._smaller()
                continue
            except RetriableError:
                if rescued or self.size <= _SMALL:
                    raise
                rescued, self.size = True, _SMALL
                continue
            if reply.denied:
                self._deny({(*below, *plain_path(path)) for path in reply.denied})
                continue
            found = take(reply.data)
            if found is not None:
                return found
            strange += 1
            if strange > _REPEATS:
                raise self._shape()

    def page(self, walk: Walk | None, search: str, after: str | None) -> tuple[list[dict[str, Any]], str | None]:
        """One page of the root list, complete with all nested records, and the cursor of the next."""
        sort = walk.sort if walk else ""
        connection = self.ask(
            lambda: page_text(self.allowed, sort=sort, sizes=self.sizes),
            lambda: {"first": self.size, "after": after, **({"filter": search} if "$filter" in self.operation.variables else {})},
            lambda data: _connection(data.get(self.operation.root.name)),
        )
        nodes = [self.complete(node) for node in connection["nodes"] if node is not None]
        return nodes, self.next(connection)

    def complete(self, record: dict[str, Any], path: Path = ()) -> dict[str, Any]:
        """Fetch the rest of every connection that a page cut, at any depth."""
        for key, value in record.items():
            here = (*path, key)
            if is_connection(value):
                self._drain(record, here, value)
                for child in value["nodes"]:
                    self.complete(child, here)
            elif isinstance(value, list):
                for child in value:
                    if isinstance(child, dict):
                        self.complete(child, here)
        return record

    def _drain(self, parent: Mapping[str, Any], path: Path, connection: dict[str, Any]) -> None:
        cursors = Cursors(self.client.name, self.reading.stream.name)
        after = self.next(connection)
        cursors.step(after)
        while after is not None:
            found = self._rest(parent["id"], path, after)
            after = self.next(found)
            if after is None or cursors.step(after):
                connection["nodes"].extend(found["nodes"])

    def _rest(self, parent: str, path: Path, after: str) -> dict[str, Any]:
        return self.ask(
            lambda: drain_text(self.allowed, path, kind_of(parent), self.sizes),
            lambda: {"id": parent, "first": min(250, 4 * self.sizes[path]), "after": after},
            lambda data: _connection((data.get("node") or {}).get(path[-1])),
            below=path,
        )

    def next(self, connection: Mapping[str, Any]) -> str | None:
        """The cursor of the next page, None where there is none."""
        info = connection["pageInfo"]
        if not info.get("hasNextPage"):
            return None
        if not isinstance(info.get("endCursor"), str):
            raise self._shape()
        return str(info["endCursor"])

    def _smaller(self) -> None:
        if self.size > 1:
            self.size = max(1, self.size // 2)
        elif max(self.sizes.values(), default=1) > 1:
            self.shrink *= 2
        else:
            raise SourceError(
                f"{self.client.name}: even single records of {self.reading.stream.name} are too much for one query.",
                "Report this as a bug of recon, with the API version.",
                system=self.client.name,
                stream=self.reading.stream.name,
            )

    def _deny(self, paths: set[Path]) -> None:
        """Leave these fields out from now on; SourceError where the records themselves are denied."""
        name = self.reading.stream.name
        fresh = {path for path in paths if path not in self.denied and self.operation.has(path)}
        if () in paths or not fresh or fresh & self.reading.essential:
            raise SourceError(
                f"{self.client.name}: Shopify denies access to {name}.",
                "Run recon doctor to see which scope is missing.",
                system=self.client.name,
                stream=name,
            )
        for path in fresh:
            self.denied[path] = DENIED

    def _shape(self) -> IncompleteError:
        name = self.reading.stream.name
        return IncompleteError(
            f"{self.client.name}: an answer about {name} lacks its list.",
            "Run the same command again; it goes on where it stopped.",
            system=self.client.name,
            stream=name,
        )


def _connection(value: Any) -> dict[str, Any] | None:
    """A connection that can be walked; None for anything else."""
    return value if is_connection(value) and isinstance(value["nodes"], list) and isinstance(value["pageInfo"], dict) else None


def plain_path(path: tuple[str | int, ...]) -> Path:
    """Path of an error as the document knows it: without its root field, positions and connections."""
    return tuple(part for part in path[1:] if isinstance(part, str) and part not in {"nodes", "edges", "node"})


class Cursors:
    """Notices pages that come twice, which is harmless, and pages that come in a circle, which is not."""

    def __init__(self, system: str, stream: str) -> None:
        self._system = system
        self._stream = stream
        self._known: set[str] = set()
        self._repeats = 0

    def step(self, cursor: str | None) -> bool:
        """Whether a cursor is new; raises IncompleteError when known ones keep coming."""
        if cursor is None or cursor not in self._known:
            self._known.add(cursor or "")
            self._repeats = 0
            return True
        self._repeats += 1
        if self._repeats > _REPEATS:
            raise IncompleteError(
                f"{self._system}: a loop was detected in the pages of {self._stream}.",
                "Run it again; if it happens again, set full_read to another way.",
                system=self._system,
                stream=self._stream,
            )
        return False


@dataclass
class Seen:
    """Which root records came already, so that a page that comes twice brings nothing twice."""

    walk: Walk | None
    versions: dict[str, str]

    @classmethod
    def from_state(cls, walk: Walk | None, state: Mapping[str, Any]) -> Seen:
        """After an interruption only the records at the edge can come again."""
        return cls(walk, dict(state.get("edge") or {}))

    def fresh(self, node: Mapping[str, Any]) -> bool:
        """Whether this version of a record is new; remembers it."""
        version = str(node.get("updatedAt") or "")
        if self.versions.get(node["id"]) == version:
            return False
        self.versions[node["id"]] = version
        return True


def read_pages(
    asker: Asker, walk: Walk | None, search: str, state: Mapping[str, Any] | None, *, since: str | None = None, keep_from: str = ""
) -> Iterator[tuple[list[dict[str, Any]], dict[str, Any]]]:
    """Walk a list: yields the new records of a page and the state after it.

    The walk begins at ``since`` (a value of the walk's field) and, after a while or an interruption, anew at the last value seen:
    cursors are not trusted for longer. Records before ``keep_from`` are dropped, where the vendor's filter is coarser than asked.
    """
    state = dict(state or {"from": since, "rows": 0, "distinct": 0, "mismatched": 0})
    if state.get("walked"):
        return
    seen = Seen.from_state(walk, state)
    known = set(seen.versions)
    after: str | None = state.get("cursor")
    cursors = Cursors(asker.client.name, asker.reading.stream.name)
    walked = fresh_in_walk = 0
    while True:
        start = since_term(walk, state["from"]) if walk and state["from"] else ""
        nodes, after = asker.page(walk, search_text(start, search), after)
        walked += len(nodes)
        fresh = [node for node in nodes if seen.fresh(node) and _not_before(node, walk, keep_from)]
        fresh_in_walk += len(fresh)
        state["rows"] += len(fresh)
        state["distinct"] += len({node["id"] for node in fresh} - known)
        known.update(node["id"] for node in fresh)
        _move_edge(state, walk, nodes)
        cursors.step(after)
        state["walked"] = after is None
        state["cursor"] = after if walk is None else None
        check = ChildCheck(asker.reading.counts)
        for node in fresh:
            for record in flatten(node):
                check.feed(record)
        state["mismatched"] += check.differ
        yield fresh, dict(state)
        if after is None:
            return
        if walk is not None and walked >= WALK_ROWS:
            if not fresh_in_walk:
                raise _stuck(asker)
            state["from"], after, walked, fresh_in_walk = state["last"], None, 0, 0


def page_chunks(pages: Iterator[tuple[list[dict[str, Any]], dict[str, Any]]], extra: Mapping[str, Any]) -> Iterator[Chunk]:
    """Pages as chunks of lines."""
    for nodes, state in pages:
        lines = [dump(record) for node in nodes for record in flatten(node)]
        resumed = {**state, "from": state.get("last") or state["from"]}
        yield Chunk(lines=lines, rows=len(lines), state={**extra, **resumed})


def value_of(walk: Walk, node: Mapping[str, Any]) -> str:
    """The value by which a record is sorted, as the filter takes it."""
    value = str(node[walk.field])
    return value.rpartition("/")[2] if walk.filter == "id" else value


def _move_edge(state: State, walk: Walk | None, nodes: list[dict[str, Any]]) -> None:
    """Note the last value and the records that have it: after an interruption they come again."""
    if walk is None or not nodes:
        return
    last = value_of(walk, nodes[-1])
    kept = dict(state.get("edge") or {}) if state.get("last") == last else {}
    kept.update({node["id"]: str(node.get("updatedAt") or "") for node in nodes if value_of(walk, node) == last})
    state["last"], state["edge"] = last, kept


def _not_before(node: Mapping[str, Any], walk: Walk | None, keep_from: str) -> bool:
    return not (keep_from and walk) or str(node[walk.field]) >= keep_from


def _stuck(asker: Asker) -> IncompleteError:
    name = asker.reading.stream.name
    return IncompleteError(
        f"{asker.client.name}: more {name} changed at one time than Shopify lists in one walk.",
        "Take a full snapshot with full_read set to bulk.",
        system=asker.client.name,
        stream=name,
    )
