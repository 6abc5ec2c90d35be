"""Groups of customers in the public result: nothing personal unless asked for, and what differs still differs."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from datetime import UTC, datetime

from recon.audit import result as audit
from recon.report import json as report_json
from recon.report.result import build

Merchant = Callable[..., audit.AuditResult]
SECRETS = ("ada.byron@x.example", "anna@x.example", "1234567", "Lindenweg")
AT = datetime(2026, 11, 1, tzinfo=UTC)


def with_groups(source: audit.AuditResult) -> audit.AuditResult:
    records = (
        audit.GroupRecord("003B", "https://acme.lightning.force.com/lightning/r/Contact/003B/view", 2, AT, None),
        audit.GroupRecord("003A", "https://evil.example/003A", None, None, AT),
    )
    fields = (
        audit.GroupField("first_name", ("Ada", "Ada")),
        audit.GroupField("email", ("ada.byron@x.example", "anna@x.example"), "ada.byron@x.example", "003B", "the survivor's own"),
        audit.GroupField("phone", ("+49 30 1234567", None), "+49 30 1234567", "003B", "the survivor's own"),
        audit.GroupField("address1", ("Lindenweg 12", "Lindenweg 12")),
    )
    duplicate = audit.DuplicateGroup(
        "f1", "salesforce", "ada.byron@x.example", "certain", ("same name",), 12, records, fields, "003B", "it is the oldest",
        (audit.RecordRef("shop_de", "17"),), "unchanged",
    )  # fmt: skip
    related = audit.RelatedGroup("household", "salesforce", ("different given names",), ("same address",), 2, records, fields)
    shared = (
        audit.SharedValue("shop_de", "email", "anna@x.example", 60, "too many records"),
        audit.SharedValue(None, "key", "street", 7, "too many records share such a key"),
    )
    return dataclasses.replace(source, identity=audit.Identity(212, (duplicate,), 90, (related,), 2, shared))


def test_personal_data_is_masked_and_differences_stay(merchant: Merchant) -> None:
    result = build(with_groups(merchant(0.1)), show_personal=False)
    assert result.identity is not None
    (group,) = result.identity.duplicates
    rows = {one.field: one for one in group.fields}
    assert rows["email"].values == ["a…@x.example (1)", "a…@x.example (2)"] and rows["email"].keep == "a…@x.example (1)"
    assert (rows["email"].differs, rows["email"].masked) == (True, True)
    assert (rows["first_name"].values, rows["first_name"].differs, rows["first_name"].masked) == (["Ada", "Ada"], False, False)
    assert rows["phone"].values == ["+49…67", None] and rows["phone"].differs is False
    assert group.label == "a…@x.example (1)"
    assert result.identity.shared_values[0].value == "a…@x.example" and result.identity.shared_values[1].value == "street"
    text = b"".join(report_json.render(result)).decode()
    data = json.loads(text)["identity"]
    assert not [secret for secret in SECRETS if secret in json.dumps(data)]
    assert (data["duplicates_total"], data["related_total"], data["duplicates"][0]["records_total"]) == (212, 90, 12)


def test_whoever_asks_for_it_sees_it_as_it_is(merchant: Merchant) -> None:
    result = build(with_groups(merchant(0.1)), show_personal=True)
    assert result.identity is not None
    (group,) = result.identity.duplicates
    assert {one.field: one.values for one in group.fields}["email"] == ["ada.byron@x.example", "anna@x.example"]
    assert not any(one.masked for one in group.fields) and group.label == "ada.byron@x.example"
    assert result.identity.related[0].fields == [one.model_copy(update={}) for one in group.fields]


def test_only_pages_of_known_systems_are_linked_to(merchant: Merchant) -> None:
    identity = build(with_groups(merchant(0.1))).identity
    assert identity is not None
    assert [one.url for one in identity.duplicates[0].records] == ["https://acme.lightning.force.com/lightning/r/Contact/003B/view", None]


def test_a_run_without_customers_has_no_groups(merchant: Merchant) -> None:
    assert build(merchant(0.1)).identity is None
