"""The GraphQL documents, and the forms they are sent in.

Every stream has one document in ``queries/``, written the way bulk operations want it (``edges { node }``). From it come

* the bulk text: no variables, filter put in, on one line,
* the page text: ``pageInfo`` and ``nodes``, sizes for nested connections, sort key,
* the text that drains one nested connection of one record.

So whatever way a record is read, it has the same fields. The documents hold one selection per line, which makes reading
them a matter of lines; a line may end in ``# from 2026-10`` or ``# until 2026-07``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files

_DEFINITION = re.compile(r"^(query|mutation|fragment)\s+(\w+)(.*)\{$")
_SWITCH = re.compile(r"#\s*(from|until)\s+(\d{4}-\d{2})\s*$")
_PAGE_INFO = "pageInfo { hasNextPage endCursor }"

Path = tuple[str, ...]


@dataclass(frozen=True)
class Selection:
    """One selected field, inline fragment or spread; ``arguments`` without parentheses."""

    name: str
    arguments: str = ""
    children: tuple[Selection, ...] = ()

    @property
    def transparent(self) -> bool:
        """True for inline fragments, which no path mentions."""
        return self.name.startswith("...")

    @property
    def items(self) -> tuple[Selection, ...] | None:
        """What a connection selects of each node; None where this is no connection."""
        if len(self.children) == 1 and self.children[0].name == "edges":
            return self.children[0].children[0].children
        return None

    def text(self) -> str:
        """GraphQL on one line."""
        arguments = f"({self.arguments})" if self.arguments else ""
        below = f" {{ {' '.join(child.text() for child in self.children)} }}" if self.children else ""
        return f"{self.name}{arguments}{below}"


@dataclass(frozen=True)
class Operation:
    """A definition of a document with its fragments put in."""

    kind: str
    name: str
    variables: str
    selections: tuple[Selection, ...]

    def text(self) -> str:
        """The operation as it is sent."""
        return f"{self.kind} {self.name}{self.variables} {{ {' '.join(child.text() for child in self.selections)} }}"

    @property
    def root(self) -> Selection:
        """The one root field of a stream's document."""
        return self.selections[0]

    def without(self, paths: Iterable[Path]) -> Operation:
        """The same without some fields; paths are field names below the root field, connections not counted."""
        unwanted = set(paths)
        return replace(self, selections=tuple(_pruned(self.root, (), unwanted))) if unwanted else self

    def has(self, path: Path) -> bool:
        """Whether a path names a selected field."""
        return path in set(self.paths())

    def paths(self) -> list[Path]:
        """Paths of all fields below the root field."""
        return _paths(self.root, ())

    def connections(self) -> list[Path]:
        """Paths of the nested connections."""
        return [path for path in self.paths() if self.at(path).items is not None]

    def at(self, path: Path) -> Selection:
        """The selection at a path; KeyError where there is none."""
        found = self.root
        for name in path:
            found = next((child for child in _below(found) if child.name == name), _NOTHING)
            if found is _NOTHING:
                raise KeyError(".".join(path))
        return found


_NOTHING = Selection("")


@cache
def operations(document: str, version: str) -> Mapping[str, Operation]:
    """The operations of a document for an API version."""
    fragments = {found.name: found.selections for found in _read("common", version) if found.kind == "fragment"}
    return {
        found.name: replace(found, selections=_spread(found.selections, fragments))
        for found in _read(document, version)
        if found.kind != "fragment"
    }


def only(document: str, version: str) -> Operation:
    """The single operation of a stream's document."""
    (found,) = operations(document, version).values()
    return found


def names() -> list[str]:
    """All documents that hold operations."""
    found = sorted(entry.name.removesuffix(".graphql") for entry in (files(__package__) / "queries").iterdir())
    return [name for name in found if name != "common"]


def bulk_text(operation: Operation, search: str) -> str:
    """The text of a bulk operation: no variables are allowed there, and an empty filter is left out."""
    root = operation.root
    given = f"query: {json.dumps(search)}" if search else ""
    arguments = root.arguments.replace("query: $filter", given).strip(" ,")
    return f"{{ {replace(root, arguments=arguments).text()} }}"


def page_text(operation: Operation, *, sort: str, sizes: Mapping[Path, int]) -> str:
    """A page of the root list. ``sizes`` says how many of each nested connection come along with it."""
    root = operation.root
    extra = ["first: $first", "after: $after", *([f"sortKey: {sort}"] if sort else [])]
    arguments = ", ".join(filter(None, [root.arguments, *extra]))
    variables = "($first: Int!, $after: String, $filter: String)" if "$filter" in arguments else "($first: Int!, $after: String)"
    body = replace(root, arguments=arguments, children=_page(root, (), sizes)).text()
    return f"query page{variables} {{ {body} }}"


def by_id(operation: Operation, kind: str) -> Operation:
    """A list's document as a look-up of records by id; paths in it stay the same."""
    chosen = Selection(f"... on {kind}", children=operation.root.items or ())
    return Operation("query", "nodes", "($ids: [ID!]!)", (Selection("nodes", "ids: $ids", (chosen,)),))


def nodes_text(operation: Operation, sizes: Mapping[Path, int]) -> str:
    """Records by id, with the first page of each nested connection."""
    root = replace(operation.root, children=_paged(operation.root.children, (), sizes))
    return f"query nodes{operation.variables} {{ {root.text()} }}"


def drain_text(operation: Operation, path: Path, kind: str, sizes: Mapping[Path, int]) -> str:
    """The rest of one nested connection of one record, whose GraphQL type is ``kind``."""
    found = operation.at(path)
    arguments = ", ".join(filter(None, [found.arguments, "first: $first", "after: $after"]))
    inner = replace(found, arguments=arguments, children=_page(found, path, sizes)).text()
    return f"query rest($id: ID!, $first: Int!, $after: String) {{ node(id: $id) {{ ... on {kind} {{ {inner} }} }} }}"


def _page(connection: Selection, path: Path, sizes: Mapping[Path, int]) -> tuple[Selection, ...]:
    items = connection.items or ()
    return (Selection(_PAGE_INFO), Selection("nodes", children=_paged(items, path, sizes)))


def _paged(selections: Iterable[Selection], path: Path, sizes: Mapping[Path, int]) -> tuple[Selection, ...]:
    result = []
    for selection in selections:
        here = path if selection.transparent else (*path, selection.name)
        if selection.items is not None:
            arguments = ", ".join(filter(None, [selection.arguments, f"first: {sizes[here]}"]))
            result.append(replace(selection, arguments=arguments, children=_page(selection, here, sizes)))
        else:
            result.append(replace(selection, children=_paged(selection.children, here, sizes)))
    return tuple(result)


def _below(selection: Selection) -> list[Selection]:
    """Fields of a selection as paths see them: through connections and inline fragments."""
    result = []
    for child in selection.items if selection.items is not None else selection.children:
        result.extend(_below(child) if child.transparent else [child])
    return result


def _paths(selection: Selection, path: Path) -> list[Path]:
    result = []
    for child in _below(selection):
        result += [(*path, child.name), *_paths(child, (*path, child.name))]
    return result


def _pruned(selection: Selection, path: Path, unwanted: set[Path]) -> list[Selection]:
    """The selection without unwanted fields; nothing at all where nothing is left in it."""
    if not selection.children:
        return [selection]
    kept: list[Selection] = []
    for child in selection.children:
        step = () if child.transparent or child.name in {"edges", "node"} else (child.name,)
        if (*path, *step) not in unwanted or not step:
            kept += _pruned(child, (*path, *step), unwanted)
    return [replace(selection, children=tuple(kept))] if kept else []


def _spread(selections: Iterable[Selection], fragments: Mapping[str, tuple[Selection, ...]]) -> tuple[Selection, ...]:
    result: list[Selection] = []
    for selection in selections:
        if selection.transparent and not selection.children:
            result += _spread(fragments[selection.name[3:]], fragments)
        else:
            result.append(replace(selection, children=_spread(selection.children, fragments)))
    return tuple(result)


def _read(document: str, version: str) -> list[Operation]:
    text = (files(__package__) / "queries" / f"{document}.graphql").read_text(encoding="utf-8")
    lines = iter(_wanted(text, version))
    result = []
    for line in lines:
        found = _DEFINITION.match(line)
        if not found:
            raise ValueError(f"{document}.graphql: a definition should begin at {line!r}")
        kind, name, rest = found.groups()
        result.append(Operation(kind, name, rest.strip() if kind != "fragment" else "", tuple(_block(lines))))
    return result


def _wanted(text: str, version: str) -> Iterable[str]:
    for line in text.splitlines():
        switch = _SWITCH.search(line)
        if switch and not _holds(switch.group(1), switch.group(2), version):
            continue
        plain = line.partition("#")[0].strip()
        if plain:
            yield plain


def _holds(word: str, bound: str, version: str) -> bool:
    return version >= bound if word == "from" else version <= bound


def _block(lines: Iterable[str]) -> Iterable[Selection]:
    """Selections until the brace that closes them."""
    iterator = iter(lines)
    for line in iterator:
        if line == "}":
            return
        opens = line.endswith("{")
        head = line.rstrip("{").strip()
        name, _, arguments = head.partition("(")
        children = tuple(_block(iterator)) if opens else ()
        yield Selection(name.strip(), arguments.rstrip(")").strip(), children)
    raise ValueError("a brace is missing")
