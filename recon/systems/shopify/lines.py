"""Records as JSON lines in the shape that bulk operations have, whichever way they were read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeGuard

PARENT = b'"__parentId":'
"""Inside a string the first quote would be escaped, so these bytes are always the key of a child line."""


def is_connection(value: Any) -> TypeGuard[dict[str, Any]]:
    """Whether a field of a page is a connection."""
    return isinstance(value, dict) and "nodes" in value and "pageInfo" in value


def flatten(node: Mapping[str, Any], parent: str | None = None) -> Iterator[dict[str, Any]]:
    """A node and the nodes of its connections as separate records that name their parent."""
    own = {key: value for key, value in node.items() if not is_connection(value)}
    if parent is not None:
        own["__parentId"] = parent
    yield own
    for value in node.values():
        if is_connection(value):
            for child in value["nodes"]:
                yield from flatten(child, node["id"])


def nested(value: Any) -> Any:
    """The same value with every connection replaced by the list of its nodes."""
    if is_connection(value):
        return [nested(child) for child in value["nodes"]]
    if isinstance(value, dict):
        return {key: nested(child) for key, child in value.items()}
    if isinstance(value, list):
        return [nested(child) for child in value]
    return value


def kind_of(gid: str) -> str:
    """The type inside ``gid://shopify/Type/1``."""
    return gid.removeprefix("gid://shopify/").partition("/")[0]


@dataclass
class ChildCheck:
    """Compares how many children came with how many a parent says it has.

    ``counts`` maps a count field to the type of the children, to type and origin (``PriceListPrice:FIXED``), or to the name of the
    parent's own list. Shopify cut nested connections silently before. Lines may come in any order; a parent takes memory only until its
    children are complete.
    """

    counts: Mapping[str, str]
    _left: dict[tuple[str, str], int] = field(default_factory=dict)
    _lists: int = 0

    def feed(self, record: Mapping[str, Any]) -> None:
        """Look at one line."""
        parent = record.get("__parentId")
        if parent is not None:
            kind = record.get("__typename") or kind_of(record.get("id") or "")
            for child in {kind, f"{kind}:{record.get('originType')}"} & set(self.counts.values()):
                self._add((parent, child), -1)
            return
        for name, child in self.counts.items():
            stated = _stated(record.get(name))
            if stated is None:
                continue
            if isinstance(record.get(child), list):
                self._lists += len(record[child]) != stated
            else:
                self._add((record["id"], child), stated)

    def _add(self, key: tuple[str, str], number: int) -> None:
        left = self._left.get(key, 0) + number
        if left:
            self._left[key] = left
        else:
            self._left.pop(key, None)

    @property
    def differ(self) -> int:
        """Parents whose children are not as many as they say."""
        return self._lists + len({parent for parent, _ in self._left})


def _stated(value: Any) -> int | None:
    """The number in a count field; None where there is none, or the vendor is not sure of it."""
    if isinstance(value, int):
        return value
    return int(value["count"]) if isinstance(value, dict) and value.get("precision") == "EXACT" else None
