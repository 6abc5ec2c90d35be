"""Answers fit the vendor's schema, and bulk results hold what graphql-core gives."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    FieldNode,
    GraphQLSchema,
    NameNode,
    TypeInfo,
    build_client_schema,
    execute_sync,
    get_named_type,
    is_abstract_type,
    parse,
    print_ast,
    validate,
)
from graphql.language import ArgumentNode, IntValueNode, Visitor, visit
from graphql.utilities import TypeInfoVisitor

from recon.sandbox.shopify import app
from recon.sandbox.shopify.schema import api_schema

VERSIONS = ("2026-07", "2026-10")
BULK = ("agreements", "companies", "customers", "fulfillment_orders", "orders", "price_lists", "products_inventory", "returns")


@pytest.fixture(scope="module", params=VERSIONS)
def vendor(request: pytest.FixtureRequest, shared: Path) -> tuple[str, GraphQLSchema]:
    raw = json.loads(gzip.decompress((shared / "contracts/shopify" / f"admin_{request.param}.json.gz").read_bytes()))
    return request.param, build_client_schema(raw.get("data", raw), assume_valid=True)


def paged(text: str, schema: GraphQLSchema) -> str:
    """A bulk query as a page query: every connection gets ``first``, every interface tells its type."""
    info = TypeInfo(schema)

    class First(Visitor):
        def enter_field(self, node: FieldNode, *_: Any) -> Any:
            kind = get_named_type(info.get_type())
            given = {argument.name.value for argument in node.arguments or ()}
            if kind is not None and kind.name.endswith("Connection") and not given & {"first", "last"}:
                first = ArgumentNode(name=NameNode(value="first"), value=IntValueNode(value="3"))
                return FieldNode(
                    name=node.name,
                    alias=node.alias,
                    arguments=(*(node.arguments or ()), first),
                    directives=node.directives,
                    selection_set=node.selection_set,
                )
            return None

    document = visit(parse(text, no_location=True), TypeInfoVisitor(info, First()))
    return with_typenames(print_ast(document), schema)


def with_typenames(text: str, schema: GraphQLSchema) -> str:
    info = TypeInfo(schema)

    class Typed(Visitor):
        def leave_selection_set(self, node: Any, *_: Any) -> Any:
            parent = info.get_parent_type()
            if parent is not None and is_abstract_type(parent):
                typename = FieldNode(name=NameNode(value="__typename"))
                return type(node)(selections=(typename, *node.selections))
            return None

    return print_ast(visit(parse(text, no_location=True), TypeInfoVisitor(info, Typed())))


def served_again(schema: GraphQLSchema, text: str, data: Any, variables: dict[str, Any] | None = None) -> list[str]:
    """Run the same query on the vendor's schema over the answer itself: wrong shapes, enums and nulls surface as errors."""
    found = execute_sync(
        schema,
        parse(text),
        root_value=data,
        variable_values=variables,
        field_resolver=lambda source, info, **_: source[str(info.path.key)],
        type_resolver=lambda value, info, kind: value.get("__typename"),
    )
    assert found.data == data or found.errors
    return [str(error) for error in found.errors or ()]


def offered(text: str, version: str) -> bool:
    return not validate(api_schema(version).graphql, parse(text))


@pytest.mark.parametrize("name", BULK)
def test_answers_to_bulk_shaped_queries_fit_the_vendors_schema(
    client: Any, vendor: tuple[str, GraphQLSchema], shared: Path, name: str
) -> None:
    version, schema = vendor
    text = (
        (shared / f"contracts/shopify/queries/bulk_{name}.graphql")
        .read_text()
        .replace(">='2026-", ">='2024-")
        .replace("<'2026-", "<'2027-")
    )
    if validate(schema, parse(text)):
        return  # written for the other version
    assert offered(text, version), [str(error) for error in validate(api_schema(version).graphql, parse(text))]
    query = paged(text, schema)
    assert validate(schema, parse(query)) == []
    client.shop.budget(100_000, 100)
    data = client.data(query, version=version)
    root = next(iter(data.values()))
    assert root["edges"], name
    assert served_again(schema, query, data) == []


def test_answers_to_page_queries_fit_the_vendors_schema(client: Any, vendor: tuple[str, GraphQLSchema], shared: Path) -> None:
    version, schema = vendor
    folder = shared / "contracts/shopify/queries"
    client.shop.delete("orders", "gid://shopify/Order/9")
    given = {
        "paged_refunds": {"first": 5, "q": "financial_status:partially_refunded"},
        "paged_price_breaks": {"id": "gid://shopify/PriceList/1"},
        "deletions.Destroyed": {"q": "action:destroy"},
        "deletions.ByIds": {
            "ids": ["gid://shopify/Order/1", "gid://shopify/Order/9", "gid://shopify/Customer/1", "gid://shopify/ProductVariant/101"]
        },
        "deletions.Info": {},
        "deletions.Counts": {},
    }
    for name, variables in given.items():
        file, _, operation = name.partition(".")
        text = (folder / f"{file}.graphql").read_text()
        if operation:
            text = next(part for part in text.splitlines() if part.startswith(f"query {operation}"))
        assert offered(text, version), name
        query = with_typenames(text, schema)
        data = client.data(query, variables, version=version)
        assert served_again(schema, query, data, variables) == [], name


QUERIES = {
    "orders": """{ orders { edges { node {
        __typename id legacyResourceId name number: name closed shippingAddress { city zip }
        customer { id displayName amountSpent { amount } }
        totalPriceSet { shopMoney { amount currencyCode } presentmentMoney { amount } }
        currentTotalPriceSet { ...bag } totalTaxSet { ...bag } taxLines { title rate priceSet { ...bag } }
        totalCashRoundingAdjustment { paymentSet { ...bag } }
        refunds { id processedAt totalRefundedSet { ...bag } } transactionsCount { count precision }
        transactions { id kind createdAt amountSet { ...bag } order { name } }
        fulfillments(first: 1) { id totalQuantity location { id name } }
        lineItems { edges { node {
            id sku variant { sku product { title } } originalUnitPriceSet { ...bag } discountedTotalSet { ...bag }
            discountAllocations {
                allocatedAmountSet { ...bag }
                discountApplication { __typename index ... on DiscountCodeApplication { code: targetType } } } } } }
        shippingLines(includeRemovals: false) { edges { node { id title isRemoved } } }
        returns { edges { node { id status returnLineItems { edges { node {
            __typename id quantity ... on ReturnLineItem { fulfillmentLineItem { lineItem { id sku } } } } } } } } }
        } } } }
        fragment bag on MoneyBag { shopMoney { amount currencyCode } }""",
    "products": """{ products { edges { node { id title handle variants { edges { node {
        id position price inventoryItem { id tracked inventoryLevels(includeInactive: true) { edges { node {
            id isActive location { name } quantities(names: ["available", "committed"]) { name quantity } } } } } } } } } } } }""",
    "items": """{ inventoryItems { edges { node {
        id sku variants { edges { node { id product { id } } } } inventoryLevels { edges { node { id item { sku } } } } } } } }""",
    "customers": """{ customers { edges { node {
        id displayName defaultPhoneNumber { marketingState }
        addressesV2 { edges { node { id city } } }
        orders(query: "financial_status:paid") { edges { node { id } } } } } } }""",
    "prices": """{ priceLists { edges { node {
        id fixedPricesCount catalog { id title __typename }
        prices(originType: FIXED) { edges { node { __typename originType price { amount } variant { id sku } } } } } } } }""",
    "companies": """{ companies { edges { node {
        id name locations { edges { node { id company { name } billingAddress { city } } } }
        contacts { edges { node { id customer { id } } } } } } } }""",
    "fulfillments": """{ fulfillmentOrders(includeClosed: true) { edges { node {
        id orderName order { name } lineItems { edges { node { id lineItem { sku } } } }
        fulfillments { edges { node { id fulfillmentLineItems { edges { node { id lineItem { id } } } } } } } } } } }""",
    "locations": "{ locations(includeInactive: true) { edges { node { id name isActive address { city } } } } }",
    "variants": "{ productVariants { edges { node { id sku product { title } } } } }",
}


@pytest.mark.parametrize("text", QUERIES.values(), ids=QUERIES)
@pytest.mark.parametrize("grouped", [False, True])
def test_a_bulk_result_holds_what_graphql_gives(client: Any, text: str, grouped: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    operation = client.run_bulk(text, grouped=grouped)
    assert (operation["status"], operation["errorCode"]) == ("COMPLETED", None)
    lines = client.lines(operation)
    client.shop.budget(1_000_000, 100)
    query = paged(text, api_schema("2026-07").graphql).replace("first: 3", "first: 100")
    assert sorted(map(dump, lines)) == sorted(map(dump, flattened(client, query, monkeypatch)))
    assert operation["objectCount"] == str(len(lines))
    assert operation["rootObjectCount"] == str(sum("__parentId" not in line for line in lines))
    assert operation["fileSize"] == str(len(client.download(operation["url"]).content))


def dump(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def flattened(client: Any, query: str, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The records of a page query as bulk lines."""
    with monkeypatch.context() as patch:
        patch.setattr(app, "MAX_QUERY_COST", 10**9)
        data = client.data(query)
    records: list[Any] = []

    def take(node: Any, parent: str | None) -> None:
        record = {key: strip(value, node.get("id"), records, take) for key, value in node.items() if not connection(value)}
        if parent is not None:
            record["__parentId"] = parent
        records.append(record)
        for value in node.values():
            if connection(value):
                for edge in value["edges"]:
                    take(edge["node"], node["id"])

    for root in data.values():
        for edge in root["edges"]:
            take(edge["node"], None)
    return records


def connection(value: Any) -> bool:
    return isinstance(value, dict) and "edges" in value


def strip(value: Any, parent: Any, records: list[Any], take: Any) -> Any:
    """Connections inside plain objects become lines too; their parent is the nearest record."""
    if not isinstance(value, dict):
        return value
    for inner in value.values():
        if connection(inner):
            for edge in inner["edges"]:
                take(edge["node"], parent)
    return {key: strip(inner, parent, records, take) for key, inner in value.items() if not connection(inner)}
