"""What a query costs and the leaky bucket it is taken from.

Costs were fitted to recorded answers: an object with an id costs 1, a connection 2 plus its nodes, and page size counts
less than linearly (a page of 20 plain nodes 7, two nested pages of 10 about 55). Money and other values are free.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from typing import Any

from graphql import FieldNode, FragmentSpreadNode, InlineFragmentNode, OperationDefinitionNode, SelectionSetNode, value_from_ast_untyped

from recon.sandbox.shopify.schema import ApiSchema

MAX_QUERY_COST = 1000
MUTATION_COST = 10
COUNT_COST = 10


class Bucket:
    """Points that an app may spend: ``maximum`` at once, ``restore`` per second."""

    def __init__(self, maximum: float, restore: float, clock: Callable[[], float]) -> None:
        self.maximum = maximum
        self.restore = restore
        self._clock = clock
        self._lock = threading.Lock()
        self._level = maximum
        self._at = clock()

    def available(self) -> float:
        """Points that could be spent now."""
        with self._lock:
            return self._refill()

    def take(self, points: float) -> bool:
        """Spend points if they are there."""
        with self._lock:
            if self._refill() < points:
                return False
            self._level -= points
            return True

    def give_back(self, points: float) -> None:
        """Return what was requested and not used; negative where more was used."""
        with self._lock:
            self._level = min(self.maximum, self._refill() + points)

    def drain(self) -> None:
        """Empty the bucket, as another app of the same kind would."""
        with self._lock:
            self._refill()
            self._level = 0.0

    def status(self) -> dict[str, Any]:
        """The vendor's throttleStatus."""
        return {"maximumAvailable": _short(self.maximum), "currentlyAvailable": int(self.available()), "restoreRate": _short(self.restore)}

    def _refill(self) -> float:
        now = self._clock()
        self._level = min(self.maximum, self._level + max(0.0, now - self._at) * self.restore)
        self._at = now
        return self._level


def _short(number: float) -> float:
    return int(number) if number == int(number) else number


def page_weight(size: int) -> float:
    """How many nodes a page counts as: 1 for 1, about 5 for 20, 8.5 for 250."""
    return 1 + 1.35 * math.log(max(size, 1))


class Costing:
    """Costs of one operation: before it runs from page sizes, after it from what came."""

    def __init__(self, schema: ApiSchema, fragments: dict[str, Any], variables: dict[str, Any]) -> None:
        self.schema = schema
        self.fragments = fragments
        self.variables = variables

    def requested(self, operation: OperationDefinitionNode) -> int:
        """Points that must be available."""
        return self._of(operation, None)

    def actual(self, operation: OperationDefinitionNode, data: Any) -> int:
        """Points that are kept."""
        return self._of(operation, data if data is not None else {})

    def _of(self, operation: OperationDefinitionNode, data: Any) -> int:
        if operation.operation.value == "mutation":
            return MUTATION_COST * sum(isinstance(node, FieldNode) for node in operation.selection_set.selections)
        return max(1, math.ceil(self._selection(operation.selection_set, "QueryRoot", data) - 0.05))

    def _selection(self, selection: SelectionSetNode, kind: str, data: Any) -> float:
        total = 0.0
        for node in selection.selections:
            if isinstance(node, FieldNode):
                total += self._field(node, kind, data)
            elif isinstance(node, InlineFragmentNode):
                total += self._selection(node.selection_set, node.type_condition.name.value if node.type_condition else kind, data)
            elif isinstance(node, FragmentSpreadNode):
                fragment = self.fragments[node.name.value]
                total += self._selection(fragment.selection_set, fragment.type_condition.name.value, data)
        return total

    def _field(self, node: FieldNode, kind: str, data: Any) -> float:
        facts = self.schema.fields.get(kind, {}).get(node.name.value)
        if facts is None or node.selection_set is None:
            return 0.0
        value = data.get(node.alias.value if node.alias else node.name.value) if isinstance(data, dict) else None
        if data is not None and value is None:
            return 1.0
        if facts.connection:
            return 2 + self._page(node, facts.target, value)
        if facts.target == "Count":
            return COUNT_COST
        own = 1.0 if "id" in self.schema.fields.get(facts.target, {}) or not self.schema.fields.get(facts.target) else 0.0
        if facts.depth:
            count = len(value) if isinstance(value, list) else len(self._argument(node, "ids") or ()) or 1
            sample = value[0] if isinstance(value, list) and value else value
            return min(count, 1) * 1.0 + own * max(count - 1, 0) + self._selection(node.selection_set, facts.target, sample)
        return own + self._selection(node.selection_set, facts.target, value)

    def _page(self, node: FieldNode, target: str, value: Any) -> float:
        """The nodes of a page: their number counts less than linearly."""
        assert node.selection_set is not None  # noqa: S101 - connections always have one
        inner: float | None = None
        size = 0
        for entry in _flat(node.selection_set, self.fragments):
            name = entry.alias.value if entry.alias else entry.name.value
            if entry.name.value not in {"nodes", "edges"} or entry.selection_set is None:
                continue
            rows = value.get(name) or [] if isinstance(value, dict) else []
            size = max(size, len(rows))
            kind = target
            selection = entry.selection_set
            sample = rows[0] if rows else None
            for edge in _flat(selection, self.fragments) if entry.name.value == "edges" else ():
                if edge.name.value == "node" and edge.selection_set is not None:
                    selection = edge.selection_set
                    sample = sample.get(edge.alias.value if edge.alias else "node") if sample else None
            inner = max(inner or 0.0, 1 + self._selection(selection, kind, sample if value is not None else None))
        if inner is None:
            return 0.0
        if value is None:
            size = self._argument(node, "first") or self._argument(node, "last") or 0
        return page_weight(size) * inner if size else (1.0 if value is not None else 0.0)

    def _argument(self, node: FieldNode, name: str) -> Any:
        for argument in node.arguments or ():
            if argument.name.value == name:
                return value_from_ast_untyped(argument.value, self.variables)
        return None


def _flat(selection: SelectionSetNode, fragments: dict[str, Any]) -> list[FieldNode]:
    fields: list[FieldNode] = []
    for node in selection.selections:
        if isinstance(node, FieldNode):
            fields.append(node)
        elif isinstance(node, InlineFragmentNode):
            fields += _flat(node.selection_set, fragments)
        elif isinstance(node, FragmentSpreadNode):
            fields += _flat(fragments[node.name.value].selection_set, fragments)
    return fields
