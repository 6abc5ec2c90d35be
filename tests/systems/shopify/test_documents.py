"""Every text that is sent is valid for every supported version, and keeps the rules of bulk operations."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from graphql import GraphQLSchema, NoDeprecatedCustomRule, OperationDefinitionNode, parse, validate
from graphql.language import FieldNode, InlineFragmentNode, SelectionSetNode

from recon.systems.shopify import documents
from recon.systems.shopify.settings import VERSIONS
from recon.systems.shopify.streams import BY_CHANGE, BY_CREATION, BY_ID, BY_NAME, READINGS, WANTED_SCOPES, Reading, search_text, since_term

SEARCH = search_text(since_term(BY_CHANGE, "2026-11-22T00:00:00Z"), 'name:"a b"')

# Until 2026-10 the consent of a phone number was only there: its successor did not exist.
DEPRECATED_WITHOUT_SUCCESSOR = {"2026-07": {"CustomerPhoneNumber.marketingState", "CustomerPhoneNumber.marketingUpdatedAt"}}

KINDS = {
    ("customers", "addressesV2"): "Customer",
    ("orders", "lineItems"): "Order",
    ("orders", "shippingLines"): "Order",
    ("returns", "returns"): "Order",
    ("returns", "returnLineItems"): "Return",
    ("returns", "exchangeLineItems"): "Return",
    ("fulfillments", "lineItems"): "FulfillmentOrder",
    ("fulfillments", "fulfillments"): "FulfillmentOrder",
    ("fulfillments", "fulfillmentLineItems"): "Fulfillment",
    ("products", "variants"): "Product",
    ("inventory", "variants"): "InventoryItem",
    ("inventory", "inventoryLevels"): "InventoryItem",
    ("price_lists", "prices"): "PriceList",
    ("companies", "locations"): "Company",
    ("companies", "contacts"): "Company",
    ("refunds", "refundLineItems"): "Refund",
    ("refunds", "refundShippingLines"): "Refund",
    ("refunds", "orderAdjustments"): "Refund",
    ("refunds", "transactions"): "Refund",
}


def stream_texts(reading: Reading, version: str) -> Iterator[str]:
    operation = reading.operation(version)
    for walk in {reading.full, reading.changes}:
        yield documents.page_text(operation, sort=walk.sort if walk else "", sizes=reading.sizes)
    if reading.bulk:
        yield documents.bulk_text(operation, "")
        if "$filter" in operation.variables:
            yield documents.bulk_text(operation, SEARCH)
    details = documents.only("refunds", version) if reading.stream.name == "refunds" else operation
    if reading.stream.name == "refunds":
        yield documents.nodes_text(details, reading.sizes)
    for path in details.connections():
        yield documents.drain_text(details, path, KINDS[reading.stream.name, path[-1]], reading.sizes)
    for path in reading.field_scopes:
        yield documents.page_text(operation.without([path]), sort="", sizes=reading.sizes)


def all_texts(version: str) -> Iterator[str]:
    for name in documents.names():
        for operation in documents.operations(name, version).values():
            yield operation.text()
    for reading in READINGS:
        yield from stream_texts(reading, version)


@pytest.mark.parametrize("version", VERSIONS)
def test_every_text_is_valid_for_the_vendors_schema(version: str, vendor_schema: Callable[[str], GraphQLSchema]) -> None:
    schema = vendor_schema(version)
    for text in all_texts(version):
        assert [error.message for error in validate(schema, parse(text))] == [], text[:120]


@pytest.mark.parametrize("version", VERSIONS)
def test_no_text_selects_a_deprecated_field(version: str, vendor_schema: Callable[[str], GraphQLSchema]) -> None:
    schema = vendor_schema(version)
    found = {
        match.group(1)
        for text in all_texts(version)
        for error in validate(schema, parse(text), [NoDeprecatedCustomRule])
        if (match := re.match(r"The field (\S+) is deprecated", error.message.replace("'", "")))
        or pytest.fail(f"unexpected: {error.message}")
    }
    assert found == DEPRECATED_WITHOUT_SUCCESSOR.get(version, set())


def connections(
    schema: GraphQLSchema, kind: str, selected: SelectionSetNode, depth: int, in_list: bool
) -> Iterator[tuple[FieldNode, int, bool, str, SelectionSetNode]]:
    """Connection fields with their depth, whether they lie in a list, the parent type and the parent's selections."""
    for node in selected.selections:
        if isinstance(node, InlineFragmentNode):
            inner = node.type_condition.name.value if node.type_condition else kind
            yield from connections(schema, inner, node.selection_set, depth, in_list)
        elif isinstance(node, FieldNode) and node.selection_set and node.name.value != "__typename":
            field: Any = schema.get_type(kind).fields[node.name.value]  # type: ignore[union-attr]
            text = str(field.type)
            named = re.sub(r"[\[\]!]", "", text)
            if named.endswith("Connection"):
                yield node, depth + 1, in_list, kind, selected
                edges = node.selection_set.selections
                for edge in edges:
                    assert isinstance(edge, FieldNode)
                    if edge.name.value == "edges" and edge.selection_set:
                        (inner_node,) = edge.selection_set.selections
                        assert isinstance(inner_node, FieldNode)
                        target = re.sub(r"[\[\]!]", "", str(schema.get_type(named).fields["nodes"].type))  # type: ignore[union-attr]
                        assert inner_node.selection_set
                        yield from connections(schema, target, inner_node.selection_set, depth + 1, False)
            else:
                yield from connections(schema, named, node.selection_set, depth, in_list or text.startswith("["))


BULK = [reading for reading in READINGS if reading.bulk]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("reading", BULK, ids=lambda reading: reading.stream.name)
def test_bulk_texts_keep_the_vendors_rules(version: str, reading: Reading, vendor_schema: Callable[[str], GraphQLSchema]) -> None:
    schema = vendor_schema(version)
    document = parse(documents.bulk_text(reading.operation(version), ""))
    (operation,) = document.definitions
    assert isinstance(operation, OperationDefinitionNode)
    assert not operation.variable_definitions
    roots = [node.name.value for node in operation.selection_set.selections if isinstance(node, FieldNode)]
    assert not {"node", "nodes"} & set(roots)
    found = list(connections(schema, "QueryRoot", operation.selection_set, -1, False))
    assert 1 <= len(found) <= 5
    for node, depth, in_list, _, parent in found:
        assert depth <= 2
        assert not in_list
        assert [child.name.value for child in node.selection_set.selections] == ["edges"]  # type: ignore[union-attr]
        assert not any(argument.name.value in {"first", "last", "after", "sortKey"} for argument in node.arguments or ())
        if depth:
            assert "id" in {child.name.value for child in parent.selections if isinstance(child, FieldNode) and not child.alias}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("reading", READINGS, ids=lambda reading: reading.stream.name)
def test_children_without_an_id_say_their_type(version: str, reading: Reading) -> None:
    operation = reading.operation(version)
    for path in [(), *operation.connections()]:
        items = operation.at(path).items or ()
        assert {"id", "__typename"} & {item.name for item in items}, path


def allowed_filters(schema: GraphQLSchema, field: str) -> set[str]:
    argument = schema.query_type.fields[field].args.get("query")  # type: ignore[union-attr]
    rows = re.findall(r"^\| ([a-z_]+) \|", (argument.description or "") if argument else "", re.M)
    return set(rows) - {"name"} | ({"name"} if rows.count("name") > 1 else set())


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("reading", READINGS, ids=lambda reading: reading.stream.name)
def test_filters_are_known_to_the_vendor(version: str, reading: Reading, vendor_schema: Callable[[str], GraphQLSchema]) -> None:
    schema = vendor_schema(version)
    walks = [walk for walk in (reading.full, reading.changes) if walk]
    used = {walk.filter for walk in walks} | set(re.findall(r"(\w+):", reading.search))
    assert used <= allowed_filters(schema, reading.operation(version).root.name)
    if reading.count and reading.count_filter:
        counted = {"created_at"} | ({"updated_at"} if reading.changes and not reading.whole_days else set())
        field = documents.operations("counts", version)[reading.count].root.name
        assert counted <= allowed_filters(schema, field)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("reading", READINGS, ids=lambda reading: reading.stream.name)
def test_walks_have_the_field_they_speak_of(version: str, reading: Reading) -> None:
    operation = reading.operation(version)
    for walk in filter(None, (reading.full, reading.changes)):
        assert operation.has((walk.field,))


def required(types: dict[str, dict[str, Any]], owner: str, name: str) -> tuple[set[str], str]:
    """Scopes of which one opens a field, and the type it leads to."""
    field = next(entry for entry in types[owner]["fields"] if entry["name"] == name)
    base = field["type"]
    while base.get("ofType"):
        base = base["ofType"]
    own = types[base["name"]]
    text = field.get("requiredAccess") or (own.get("requiredAccess") if own["kind"] in {"OBJECT", "INTERFACE"} else "") or ""
    return set(re.findall(r"`(read_\w+)`", text.partition("Also:")[0])), base["name"]


def needs(types: dict[str, dict[str, Any]], owner: str, selection: documents.Selection, path: documents.Path) -> Iterator[Any]:
    for child in selection.children:
        if child.name == "__typename":
            continue
        if child.transparent:
            yield from needs(types, child.name.removeprefix("... on "), child, path)
            continue
        scopes, target = required(types, owner, child.name)
        here = path if child.name in {"edges", "node"} else (*path, child.name)
        if scopes:
            yield here, scopes
        yield from needs(types, target, child, here)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("reading", READINGS, ids=lambda reading: reading.stream.name)
def test_declared_scopes_are_those_of_the_schema(
    version: str, reading: Reading, vendor_types: Callable[[str], dict[str, dict[str, Any]]]
) -> None:
    """With one scope of each group, every field opens, but those declared to need more."""
    types = vendor_types(version)
    parts = [(reading.operation(version), "QueryRoot")]
    if reading.stream.name == "refunds":
        parts.append((documents.only("refunds", version), "QueryRoot"))
    granted = {scope for group in reading.scopes for scope in group if scope in WANTED_SCOPES or len(group) == 1}
    undeclared = {}
    for operation, owner in parts:
        for path, scopes in needs(types, owner, documents.Selection("", "", (operation.root,)), ()):
            below = path[1:]
            extra = {scope for prefix, group in reading.field_scopes.items() if below[: len(prefix)] == prefix for scope in group}
            if not scopes & (granted | extra):
                undeclared[path] = scopes
    assert not undeclared
    for path in reading.field_scopes:
        assert any(operation.has(path) for operation, _ in parts), path


def test_wanted_scopes_open_every_stream_and_only_read() -> None:
    assert all(not reading.missing(WANTED_SCOPES) for reading in READINGS)
    assert all(not reading.left_out(WANTED_SCOPES) for reading in READINGS)
    assert all(scope.startswith("read_") for scope in WANTED_SCOPES)
    for scope in set(WANTED_SCOPES) - {"read_all_orders"}:
        lost = [reading for reading in READINGS if reading.missing(set(WANTED_SCOPES) - {scope})]
        parts = scope.endswith("_fulfillment_orders")
        assert lost or parts, scope


def test_personal_fields_are_declared(vendor_types: Callable[[str], dict[str, dict[str, Any]]]) -> None:
    """Whatever the vendor marks as protected is named in ``personal``."""
    types = vendor_types("2026-10")

    def protected(owner: str, selection: documents.Selection, path: documents.Path) -> Iterator[str]:
        for child in selection.children:
            if child.name == "__typename":
                continue
            if child.transparent:
                yield from protected(child.name.removeprefix("... on "), child, path)
                continue
            field = next(entry for entry in types[owner]["fields"] if entry["name"] == child.name)
            here = path if child.name in {"edges", "node"} else (*path, child.name)
            if field.get("isProtected"):
                yield ".".join(here[1:])
            yield from protected(required(types, owner, child.name)[1], child, here)

    for reading in READINGS:
        root = documents.Selection("", "", (reading.operation("2026-10").root,))
        assert set(protected("QueryRoot", root, ())) <= set(reading.stream.personal), reading.stream.name


def test_bulk_filter_is_put_in_as_a_string_literal() -> None:
    text = documents.bulk_text(BY_NAME["orders"].operation("2026-07"), SEARCH)
    (literal,) = re.findall(r'orders\(query: ("(?:[^"\\]|\\.)*")\)', text)
    assert json.loads(literal) == SEARCH
    assert "$" not in text


def test_bulk_text_without_filter_keeps_other_arguments() -> None:
    assert "{ fulfillmentOrders(includeClosed: true) { edges" in documents.bulk_text(BY_NAME["fulfillments"].operation("2026-07"), "")
    assert "{ orders { edges" in documents.bulk_text(BY_NAME["orders"].operation("2026-07"), "")


def test_times_in_filters_are_quoted_and_ids_are_not() -> None:
    assert since_term(BY_CHANGE, "2026-11-22T00:00:00Z") == "updated_at:>='2026-11-22T00:00:00Z'"
    assert since_term(BY_CREATION, "2026-11-22T00:00:00Z") == "created_at:>='2026-11-22T00:00:00Z'"
    assert since_term(BY_ID, "17") == "id:>=17"


def test_phone_consent_is_read_where_each_version_has_it() -> None:
    old, new = (BY_NAME["customers"].operation(version) for version in VERSIONS)
    assert old.has(("defaultPhoneNumber", "marketingState"))
    assert not old.has(("defaultPhoneNumber", "smsMarketingConsent"))
    assert new.has(("defaultPhoneNumber", "smsMarketingConsent", "state"))
    assert not new.has(("defaultPhoneNumber", "marketingState"))


def test_a_field_that_is_left_out_takes_empty_parents_along() -> None:
    operation = BY_NAME["customers"].operation("2026-07")
    fewer = operation.without([("defaultPhoneNumber", name) for name in ("phoneNumber", "marketingState", "marketingUpdatedAt")])
    assert not fewer.has(("defaultPhoneNumber",))
    assert fewer.has(("addressesV2", "zip"))
    assert not operation.without([("addressesV2",)]).connections()


def test_everything_sent_before_is_a_read_but_the_start_of_bulk_operations() -> None:
    found = {
        operation.name
        for version in VERSIONS
        for name in documents.names()
        for operation in documents.operations(name, version).values()
        if operation.kind != "query"
    }
    assert found == {"run"}


def test_documents_travel_with_the_package(pytestconfig: pytest.Config) -> None:
    folder = Path(documents.__file__).parent / "queries"
    assert folder.is_relative_to(pytestconfig.rootpath / "recon") or folder.exists()
    assert {path.stem for path in folder.iterdir()} == {*documents.names(), "common"}
