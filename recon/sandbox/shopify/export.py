"""Walks documents with a selection set and yields the lines of a bulk result: the same values as graphql-core, without its overhead."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    get_argument_values,
)

from recon.sandbox.shopify.bulk_rules import fragments_of, node_selections
from recon.sandbox.shopify.lists import LISTS
from recon.sandbox.shopify.resolvers import REFERENCES, SPECIAL, Obj, Reader
from recon.sandbox.shopify.root import condition
from recon.sandbox.shopify.schema import FieldFacts

Document = dict[str, Any]

_Plain = Callable[[Any], Document | None]

_FETCH = 250

_ABSENT = object()

_BATCH = 25
"""Roots whose children are written together, so that a child never stands next to its parent by chance."""


@dataclass
class Plan:
    """How objects of one type are written: their own fields, and the connections that become lines of their own."""

    steps: list[_Step] = field(default_factory=list)
    children: list[_Step] = field(default_factory=list)


@dataclass
class _Step:
    key: str
    facts: FieldFacts | None
    args: Document
    special: bool
    selections: tuple[SelectionSetNode, ...]
    plain: _Plain | None = None
    """How to write the value straight from its document, where nothing can be derived, refused or a line of its own"""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a result; ``level`` is 0 for roots."""

    level: int
    record: Document
    number: int


class Exporter:
    """Runs one bulk query; raises PermissionError where the app may not read a selected field."""

    def __init__(self, reader: Reader, document: DocumentNode, operation: OperationDefinitionNode) -> None:
        self.reader = reader
        self.operation = operation
        self.fragments = fragments_of(document)
        self._plans: dict[tuple[Any, ...], Plan] = {}

    def lines(self, *, grouped: bool) -> Iterator[Line]:
        """All lines: grouped under their roots, or (the default of the API) children after but not beside their parents."""
        for step in self._plan((self.operation.selection_set,), "QueryRoot").children:
            roots: list[list[Line]] = []
            for position, obj in enumerate(self._roots(step)):
                roots.append(list(self._lines(obj, step.selections, 0, None, position)))
                if len(roots) == _BATCH:
                    yield from _ordered(roots, grouped=grouped)
                    roots = []
            yield from _ordered(roots, grouped=grouped)

    def refused(self) -> str | None:
        """Why the app may not run this query; None where it may."""
        return self._refused(self._plan((self.operation.selection_set,), "QueryRoot"), set())

    def _refused(self, plan: Plan, seen: set[int]) -> str | None:
        if id(plan) in seen:
            return None
        seen.add(id(plan))
        for step in (*plan.steps, *plan.children):
            if step.facts is None:
                continue
            refusal = self.reader.grant.refusal(step.facts)
            if refusal is None and not step.facts.leaf:
                kinds = self.reader.schema.concrete(step.facts.target)
                refusal = next((text for kind in kinds if (text := self._refused(self._plan(step.selections, kind), seen))), None)
            if refusal is not None:
                return refusal
        return None

    def _roots(self, step: _Step) -> Iterator[Obj]:
        assert step.facts is not None  # noqa: S101 - only __typename has none
        listing = LISTS[step.facts.name]
        where, values = condition(self.reader, listing, step.args, None)
        last = -1
        while True:
            rows = self.reader.store.listed(listing.kind, f"{where} and idx.num > ?", [*values, last], "idx.num", _FETCH)
            for gid, _, _, root, document in rows:
                obj = self.reader.listed(listing.kind, gid, root, document)
                if obj is not None:
                    yield obj
            if len(rows) < _FETCH:
                return
            last = rows[-1][1]

    def _lines(self, obj: Obj, selections: tuple[SelectionSetNode, ...], level: int, parent: str | None, number: int) -> Iterator[Line]:
        inner: list[tuple[_Step, Obj]] = []
        record = self._record(obj, selections, inner)
        if parent is not None:
            record["__parentId"] = parent
        yield Line(level, record, number)
        for step, holder in inner:
            assert step.facts is not None  # noqa: S101
            for position, child in enumerate(self.reader.value(holder, step.facts, step.args) or ()):
                yield from self._lines(child, step.selections, level + 1, record["id"], position)

    def _record(self, obj: Obj, selections: tuple[SelectionSetNode, ...], inner: list[tuple[_Step, Obj]]) -> Document:
        plan = self._plan(selections, obj.type)
        record: Document = {}
        doc, reader = obj.doc, self.reader
        for step in plan.steps:
            facts = step.facts
            if facts is None:
                record[step.key] = obj.type
            elif facts.leaf and not step.special and not facts.depth and facts.name in doc:
                record[step.key] = doc[facts.name]
            elif step.plain is not None and (written := _written_plainly(doc.get(facts.name), step.plain)) is not None:
                record[step.key] = written
            else:
                record[step.key] = self._written(reader.value(obj, facts, step.args), step, inner)
        inner.extend((step, obj) for step in plan.children)
        return record

    def _written(self, value: Any, step: _Step, inner: list[tuple[_Step, Obj]]) -> Any:
        if isinstance(value, Obj):
            return self._record(value, step.selections, inner)
        if isinstance(value, list):
            return [self._written(item, step, inner) for item in value]
        return value

    def _plan(self, selections: tuple[SelectionSetNode, ...], kind: str) -> Plan:
        key = (kind, *map(id, selections))
        plan = self._plans.get(key)
        if plan is None:
            plan = self._plans[key] = Plan()
            collected: dict[str, list[FieldNode]] = {}
            for selection in selections:
                self._collect(selection, kind, collected)
            for name, nodes in collected.items():
                step = self._step(name, nodes, kind)
                (plan.children if step.facts is not None and step.facts.connection else plan.steps).append(step)
        return plan

    def _collect(self, selection: SelectionSetNode, kind: str, into: dict[str, list[FieldNode]]) -> None:
        for node in selection.selections:
            if isinstance(node, FieldNode):
                into.setdefault(node.alias.value if node.alias else node.name.value, []).append(node)
                continue
            if isinstance(node, FragmentSpreadNode):
                fragment = self.fragments[node.name.value]
                inner, wanted = fragment.selection_set, fragment.type_condition.name.value
            else:
                assert isinstance(node, InlineFragmentNode)  # noqa: S101 - there is no other kind
                inner, wanted = node.selection_set, node.type_condition.name.value if node.type_condition else kind
            if kind == wanted or kind in self.reader.schema.concrete(wanted):
                self._collect(inner, kind, into)

    def _step(self, key: str, nodes: list[FieldNode], kind: str) -> _Step:
        first = nodes[0]
        name = first.name.value
        if name == "__typename":
            return _Step(key, None, {}, special=False, selections=())
        facts = self.reader.schema.fields[kind][name]
        holder: Any = self.reader.schema.graphql.type_map[kind]
        args = get_argument_values(holder.fields[name], first, None)
        if facts.connection:
            selections = [selection for node in nodes for selection in node_selections(node, self.fragments)]
        else:
            selections = [node.selection_set for node in nodes if node.selection_set is not None]
        special = (kind, name) in SPECIAL or facts.name == "legacyResourceId"
        plain = None if special or args or facts.connection else self._plain(tuple(selections), facts)
        return _Step(key, facts, args, special=special, selections=tuple(selections), plain=plain)

    def _plain(self, selections: tuple[SelectionSetNode, ...], facts: FieldFacts) -> _Plain | None:
        """A short cut for values like money and tax lines; it gives None for documents that leave something out."""
        kinds = self.reader.schema.concrete(facts.target)
        if facts.leaf or len(kinds) > 1 or facts.target in REFERENCES:
            return None
        plan = self._plan(selections, facts.target)
        if plan.children or any(
            step.facts is None or step.special or step.facts.depth or not (step.facts.leaf or step.plain) for step in plan.steps
        ):
            return None
        parts = [(step.key, step.facts.name, step.plain) for step in plan.steps if step.facts is not None]

        def write(document: Any) -> Document | None:
            record: Document = {}
            for key, name, inner in parts:
                value = document.get(name, _ABSENT)
                if inner is not None and value is not None and value is not _ABSENT:
                    value = inner(value)
                    value = _ABSENT if value is None else value
                if value is _ABSENT:
                    return None
                record[key] = value
            return record

        return write


def _written_plainly(value: Any, plain: _Plain) -> Any:
    if isinstance(value, dict):
        return plain(value)
    if isinstance(value, list):
        written = [plain(item) for item in value]
        return written if None not in written else None
    return None


def _ordered(roots: list[list[Line]], *, grouped: bool) -> Iterator[Line]:
    if grouped:
        for lines in roots:
            yield from lines
        return
    deepest = max((line.level for lines in roots for line in lines), default=-1)
    for level in range(deepest + 1):
        # k-th children of all parents, then the next ones: a child comes after its parent but not next to it
        yield from sorted((line for lines in roots for line in lines if line.level == level), key=lambda line: line.number if level else 0)


def as_text(record: Document) -> str:
    """A line as the vendor writes it: compact, with escaped slashes."""
    return json.dumps(record, ensure_ascii=False, separators=(",", ":")).replace("/", "\\/") + "\n"


def shuffled(lines: list[str], seed: int = 0) -> list[str]:
    """Lines in another order: children before their parents, the rest at random but repeatable."""
    rng = random.Random(seed)  # noqa: S311 - order, not secrecy
    mixed = lines[:]
    rng.shuffle(mixed)
    return sorted(mixed, key=lambda line: 0 if '"__parentId"' in line else 1)
