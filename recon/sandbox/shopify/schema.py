"""The stand-in's GraphQL schema by API version, with what its directives say about each field.

``schema.graphql`` is one file for all versions: ``@since`` hides what a version does not have yet.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLObjectType,
    GraphQLSchema,
    build_ast_schema,
    get_named_type,
    get_nullable_type,
    is_interface_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
    parse,
)
from graphql.language import REMOVE, Node, Visitor, visit

OLDEST = "2026-07"
"""Older supported versions are served with this one's fields."""

NEWEST = "2026-10"


@dataclass(frozen=True, slots=True)
class FieldFacts:
    """What the stand-in must know of a field besides its GraphQL type.

    ``target`` is the named type of what it gives, for connections the type of their nodes.
    """

    owner: str
    name: str
    target: str
    leaf: bool
    depth: int
    connection: bool
    non_null: bool
    access: tuple[str, ...]
    personal: bool


class ApiSchema:
    """One version of the schema: ``graphql`` for graphql-core, ``fields[type][field]`` for everybody else."""

    def __init__(self, version: str) -> None:
        self.version = version
        document = _document_of(version)
        self.graphql: GraphQLSchema = build_ast_schema(document, assume_valid=True)
        self._access = {node.name.value: _scopes(node) for node in document.definitions if hasattr(node, "name") and node.name}
        self.fields: dict[str, dict[str, FieldFacts]] = {}
        for name, kind in self.graphql.type_map.items():
            if not name.startswith("__") and (is_object_type(kind) or is_interface_type(kind)):
                self.fields[name] = {field: self._facts(name, field) for field in kind.fields}

    def _facts(self, owner: str, name: str) -> FieldFacts:
        holder: Any = self.graphql.type_map[owner]
        field = holder.fields[name]
        named, nullable = get_named_type(field.type), get_nullable_type(field.type)
        connection = named.name.endswith("Connection")
        target = get_named_type(named.fields["nodes"].type).name if connection else named.name
        depth = 0
        while is_list_type(nullable):
            depth, nullable = depth + 1, get_nullable_type(nullable.of_type)
        node = field.ast_node
        return FieldFacts(
            owner=owner,
            name=name,
            target=target,
            leaf=not hasattr(named, "fields") and not hasattr(named, "types"),
            depth=depth,
            connection=connection,
            non_null=is_non_null_type(field.type),
            access=_scopes(node) or self._access.get(target, ()),
            personal=any(directive.name.value == "personal" for directive in node.directives or ()),
        )

    @functools.cache  # noqa: B019 - there is one schema per version for the life of the process
    def concrete(self, name: str) -> tuple[str, ...]:
        """Names of the object types that an abstract type can be; an object type itself."""
        kind: Any = self.graphql.type_map[name]
        if isinstance(kind, GraphQLObjectType):
            return (name,)
        return tuple(possible.name for possible in self.graphql.get_possible_types(kind))

    @functools.cache  # noqa: B019
    def enum(self, name: str) -> frozenset[str] | None:
        """Values of an enum type, None for other types."""
        values = getattr(self.graphql.type_map[name], "values", None)
        return frozenset(values) if isinstance(values, dict) else None

    def type_of(self, declared: str, value: dict[str, Any]) -> str:
        """The object type of a document whose declared type may be abstract; raises LookupError where it cannot be told."""
        kinds = self.concrete(declared)
        if len(kinds) == 1:
            return kinds[0]
        told = value.get("__typename") or _type_in_id(value.get("id"))
        if told in kinds:
            return str(told)
        if declared == "PricingValue":
            return "PricingPercentageValue" if "percentage" in value else "MoneyV2"
        if declared == "PurchasingEntity":
            return "PurchasingCompany"
        if declared == "DiscountApplication":
            return "DiscountCodeApplication" if "code" in value else "AutomaticDiscountApplication"
        if declared == "Event":
            return "BasicEvent"
        raise LookupError(declared)


@functools.cache
def api_schema(version: str) -> ApiSchema:
    """The schema that answers ``version``; versions without one of their own get the nearest."""
    return _schema(NEWEST if version >= NEWEST else OLDEST)


@functools.cache
def _schema(version: str) -> ApiSchema:
    return ApiSchema(version)


@functools.cache
def sdl() -> str:
    """The text of ``schema.graphql``."""
    return Path(__file__).with_name("schema.graphql").read_text(encoding="utf-8")


def _document_of(version: str) -> DocumentNode:
    class Later(Visitor):
        """Leaves out what came after ``version``."""

        def enter(self, node: Node, *_: Any) -> Any:
            for directive in getattr(node, "directives", None) or ():
                if directive.name.value == "since" and directive.arguments[0].value.value > version:
                    return REMOVE
            return None

    document: DocumentNode = visit(parse(sdl(), no_location=True), Later())
    return document


def _scopes(node: Any) -> tuple[str, ...]:
    for directive in getattr(node, "directives", None) or ():
        if directive.name.value == "access":
            return tuple(value.value for value in directive.arguments[0].value.values)
    return ()


def _type_in_id(gid: Any) -> str | None:
    return gid.split("/")[3] if isinstance(gid, str) and gid.startswith("gid://shopify/") and gid.count("/") >= 4 else None
