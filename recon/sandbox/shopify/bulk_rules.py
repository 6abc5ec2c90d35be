"""What the vendor's validator refuses in a bulk query, in the vendor's words as recorded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSyntaxError,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    parse,
    validate,
)

from recon.sandbox.shopify.schema import ApiSchema

MAX_CONNECTIONS = 5
MAX_DEPTH = 2


class BadQueryError(Exception):
    """A bulk query that is refused; ``messages`` are the texts of its userErrors."""

    def __init__(self, *messages: str) -> None:
        super().__init__(*messages)
        self.messages = messages


@dataclass(frozen=True)
class _Place:
    """A connection field in the query: how deep it is nested and the connection around it."""

    name: str
    depth: int
    in_list: bool
    uses_nodes: bool
    has_children: bool
    selects_id: bool


def check_bulk_query(text: str, schema: ApiSchema) -> tuple[DocumentNode, OperationDefinitionNode]:
    """Parse and check a bulk query; raises BadQueryError with the messages a caller would read."""
    document = _parsed(text)
    operation = next((node for node in document.definitions if isinstance(node, OperationDefinitionNode)), None)
    if operation is None or operation.operation is not OperationType.QUERY:
        raise BadQueryError("Invalid operation type. Only `query` operations are supported.")
    if operation.variable_definitions:
        raise BadQueryError("Invalid bulk query: variables cannot be given, write values into the query.")
    fragments = fragments_of(document)
    top = [node.name.value for node in flat(operation.selection_set, fragments) if node.name.value in {"node", "nodes"}]
    places = list(_places(operation.selection_set, "QueryRoot", schema, fragments, depth=0, in_list=False))
    messages = [f"Bulk queries cannot contain a top level `{name}` field." for name in top]
    messages += _faults_of(places)
    if messages:
        raise BadQueryError(*messages)
    errors = validate(schema.graphql, document)
    if errors:
        raise BadQueryError(*(f"Invalid bulk query: {error.message}" for error in errors))
    return document, operation


def _parsed(text: str) -> DocumentNode:
    if not text.strip():
        raise BadQueryError("Invalid bulk query: syntax error, unexpected end of file")
    try:
        return parse(text)
    except GraphQLSyntaxError as error:
        raise BadQueryError(f"Invalid bulk query: {error.message}") from None


def _faults_of(places: list[_Place]) -> list[str]:
    if not places:
        return ["Bulk queries must contain at least one connection."]
    messages = []
    wrong = [place.name for place in places if place.uses_nodes]
    if wrong:
        names = ", ".join(f"'{name}'" for name in wrong)
        messages.append(
            f"All connection fields in a bulk query must select their contents using 'edges' > 'node', "
            f"e.g: '{wrong[0]} {{ edges {{ node {{'. Selecting via 'nodes' is not supported. Invalid connection fields: {names}."
        )
    if any(place.in_list for place in places):
        messages.append("Queries that contain a connection field within a list field are not currently supported.")
    if max(place.depth for place in places) > MAX_DEPTH:
        messages.append(f"Bulk queries cannot contain connections with a nesting depth greater than {MAX_DEPTH}.")
    if len(places) > MAX_CONNECTIONS:
        messages.append(f"Bulk queries cannot contain more than {MAX_CONNECTIONS} connections.")
    nameless = [place.name for place in places if place.has_children and not place.selects_id]
    if nameless:
        messages.append(
            "The parent 'node' field for a nested connection must select the 'id' field without an alias and must be of 'ID' return type. "
            f"Connection fields without 'id': {', '.join(nameless)}."
        )
    return messages


def _places(
    selection: SelectionSetNode, kind: str, schema: ApiSchema, fragments: dict[str, FragmentDefinitionNode], *, depth: int, in_list: bool
) -> Iterator[_Place]:
    for node, owner in _typed(selection, kind, fragments):
        facts = schema.fields.get(owner, {}).get(node.name.value)
        if facts is None or node.selection_set is None:
            continue
        if not facts.connection:
            yield from _places(node.selection_set, facts.target, schema, fragments, depth=depth, in_list=in_list or facts.depth > 0)
            continue
        inner = node_selections(node, fragments)
        children = [place for one in inner for place in _places(one, facts.target, schema, fragments, depth=depth + 1, in_list=False)]
        fields = [field for one in inner for field in flat(one, fragments)]
        yield _Place(
            name=node.name.value,
            depth=depth,
            in_list=in_list,
            uses_nodes=any(field.name.value == "nodes" for field in flat(node.selection_set, fragments)),
            has_children=any(place.depth == depth + 1 for place in children),
            selects_id=any(field.name.value == "id" and field.alias is None for field in fields),
        )
        yield from children


def _typed(selection: SelectionSetNode, kind: str, fragments: dict[str, FragmentDefinitionNode]) -> Iterator[tuple[FieldNode, str]]:
    for node in selection.selections:
        if isinstance(node, FieldNode):
            yield node, kind
        elif isinstance(node, InlineFragmentNode):
            yield from _typed(node.selection_set, node.type_condition.name.value if node.type_condition else kind, fragments)
        elif isinstance(node, FragmentSpreadNode) and (fragment := fragments.get(node.name.value)) is not None:
            yield from _typed(fragment.selection_set, fragment.type_condition.name.value, fragments)


def node_selections(connection: FieldNode, fragments: dict[str, FragmentDefinitionNode]) -> list[SelectionSetNode]:
    """What a connection field selects of its nodes, through ``edges { node }`` or (not allowed in bulk) ``nodes``."""
    found: list[SelectionSetNode] = []
    for edges in flat(connection.selection_set, fragments):
        if edges.selection_set is None:
            continue
        if edges.name.value == "nodes":
            found.append(edges.selection_set)
        elif edges.name.value == "edges":
            found += [
                node.selection_set for node in flat(edges.selection_set, fragments) if node.name.value == "node" and node.selection_set
            ]
    return found


def flat(selection: SelectionSetNode | None, fragments: dict[str, FragmentDefinitionNode]) -> list[FieldNode]:
    """The fields of a selection with fragments opened up, whatever type they are conditioned on."""
    return [node for node, _ in _typed(selection, "", fragments)] if selection is not None else []


def fragments_of(document: DocumentNode) -> dict[str, Any]:
    """Named fragments of a document."""
    return {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
