"""Our schema is a part of the vendor's: every name, type and argument in it, for both versions."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path
from typing import Any

import pytest
from graphql import parse, validate, validate_schema

from recon.sandbox.shopify.schema import api_schema

VERSIONS = ("2026-07", "2026-10")


def written(kind: dict[str, Any]) -> str:
    if kind["kind"] == "NON_NULL":
        return written(kind["ofType"]) + "!"
    if kind["kind"] == "LIST":
        return f"[{written(kind['ofType'])}]"
    return str(kind["name"])


@pytest.fixture(scope="module", params=VERSIONS)
def both(request: pytest.FixtureRequest, shared: Path) -> tuple[Any, dict[str, Any]]:
    raw = json.loads(gzip.decompress((shared / "contracts/shopify" / f"admin_{request.param}.json.gz").read_bytes()))
    types = {kind["name"]: kind for kind in raw.get("data", raw)["__schema"]["types"]}
    return api_schema(request.param), types


def ours(schema: Any) -> list[tuple[str, Any]]:
    return [(name, kind) for name, kind in schema.graphql.type_map.items() if not name.startswith("__")]


def test_our_schema_is_valid_graphql() -> None:
    assert [validate_schema(api_schema(version).graphql) for version in VERSIONS] == [[], []]


def test_every_type_and_enum_value_is_the_vendors(both: tuple[Any, dict[str, Any]]) -> None:
    schema, vendor = both
    for name, kind in ours(schema):
        assert name in vendor, name
        values = getattr(kind, "values", None)
        if isinstance(values, dict):
            assert set(values) <= {value["name"] for value in vendor[name]["enumValues"]}, name
        for possible in getattr(kind, "types", ()):
            assert possible.name in {one["name"] for one in vendor[name]["possibleTypes"]}
        for interface in getattr(kind, "interfaces", ()):
            assert interface.name in {one["name"] for one in vendor[name]["interfaces"]}, name


def test_every_field_and_argument_has_the_vendors_type(both: tuple[Any, dict[str, Any]]) -> None:
    schema, vendor = both
    checked = 0
    for name, kind in ours(schema):
        theirs = {field["name"]: field for field in vendor[name]["fields"] or ()}
        for field_name, field in (getattr(kind, "fields", None) or {}).items():
            place = f"{name}.{field_name}"
            assert field_name in theirs, place
            their = theirs[field_name]
            assert str(field.type) == written(their["type"]), place
            assert (field.deprecation_reason is not None) == their["isDeprecated"], place
            arguments = {argument["name"]: argument for argument in their["args"]}
            for argument_name, argument in field.args.items():
                assert str(argument.type) == written(arguments[argument_name]["type"]), f"{place}({argument_name})"
                node = argument.ast_node.default_value
                told = getattr(node, "value", None)
                default = {True: "true", False: "false"}.get(told, told) if isinstance(told, bool) else told
                assert default == arguments[argument_name]["defaultValue"], f"{place}({argument_name})"
            missing = {
                key for key, argument in arguments.items() if argument["type"]["kind"] == "NON_NULL" and argument["defaultValue"] is None
            }
            assert missing <= set(field.args), place
            checked += 1
    assert checked > 700


def test_scopes_and_personal_data_are_marked_where_the_vendor_marks_them(both: tuple[Any, dict[str, Any]]) -> None:
    schema, vendor = both
    scope = re.compile(r"`(read_\w+)` access scope")
    for name, fields in schema.fields.items():
        theirs = {field["name"]: field for field in vendor[name]["fields"]}
        for facts in fields.values():
            assert facts.personal == bool(theirs[facts.name].get("isProtected")), f"{name}.{facts.name}"
            asked = theirs[facts.name].get("requiredAccess") or vendor[facts.target].get("requiredAccess") or ""
            assert set(facts.access) <= set(scope.findall(asked)), f"{name}.{facts.name}"
            assert bool(facts.access) == bool(scope.findall(asked.split("Also:")[0])), f"{name}.{facts.name}"


def test_a_version_lacks_what_came_later() -> None:
    assert "smsMarketingConsent" not in api_schema("2026-07").fields["CustomerPhoneNumber"]
    assert "smsMarketingConsent" in api_schema("2026-10").fields["CustomerPhoneNumber"]
    assert "currentBulkOperation" not in api_schema("2026-10").fields["QueryRoot"]


def test_the_readers_own_documents_fit_our_schema() -> None:
    folder = Path(__file__).resolve().parents[3] / "recon/systems/shopify/queries"
    texts = [path.read_text() for path in sorted(folder.glob("*.graphql"))]
    if not texts:
        pytest.skip("the reader's documents are not there yet")
    fragments = "\n".join(text for text in texts if not re.search(r"^\s*(query|mutation)\b", text, re.MULTILINE))
    for version in VERSIONS:
        for text in texts:
            if text in fragments:
                continue
            errors = validate(api_schema(version).graphql, parse(text + fragments))
            told = [error.message for error in errors if "is never used" not in error.message]
            assert not [message for message in told if "smsMarketingConsent" not in message and "There can be only one" not in message]
