"""Groups of customers in a result: what the rules found, side by side, with the suggestion; households; values that are nobody's."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from recon.audit import history, people
from recon.audit.result import AuditResult, GroupField, Identity, RecordRef, SharedValue
from recon.config.settings import Waiver

DUPLICATES = ("customer.duplicate_in_salesforce", "customer.duplicate_in_shop")
AT = datetime(2026, 11, 1)  # noqa: DTZ001 - as a TIMESTAMP in UTC


def customer(record_id: str, system: str = "salesforce", **values: Any) -> dict[str, Any]:
    return {"system": system, "record_id": record_id, "object": "Contact", "first_name": "Ada", "last_name": "Byron", **values}


def member(cluster: str, record_id: str, system: str = "salesforce", certain: str | None = None) -> dict[str, Any]:
    return {
        "cluster_id": cluster, "certain_id": certain or cluster, "system": system, "record_id": record_id,
        "certainty": "likely" if certain else "certain", "reasons": ["same e-mail address", "same name"],
    }  # fmt: skip


ROWS: dict[str, list[dict[str, Any]]] = {
    "customers": [
        customer("003A", email="ada@x.example", created_at=AT),
        customer("003B", email="Ada.Byron@x.example", phone="+49 30 1234567", updated_at=AT + timedelta(days=2)),
        customer("17", "shop", email="ada@x.example", is_guest=False),
        customer("003C", email="eve@x.example"),
        customer("003D", first_name="Eva", email="eve@x.example"),
    ],
    "orders": [
        {"system": "salesforce", "record_id": str(n), "customer_id": who, "currency": "EUR", "total": "1.00", "deleted_at": gone}
        for n, (who, gone) in enumerate([("003B", None), ("003B", None), ("003B", AT), ("003A", None)])
    ],
    "customer_clusters": [member("g1", "003A"), member("g1", "003B"), member("g1", "17", "shop")],
    "customer_survivors": [
        {
            "cluster_id": "g1", "system": "salesforce", "record_id": "003B", "reason": "it has the most orders: 2",
            "fields": [
                {"field": "email", "value": "Ada.Byron@x.example", "record_id": "003B", "reason": "the survivor's own; others differ"},
                {"field": "phone", "value": "+49 30 1234567", "record_id": "003B", "reason": "the survivor's own"},
            ],
        }
    ],
    "identity_pairs": [
        {
            "system": "salesforce", "record_id": "003C", "other_system": "salesforce", "other_id": "003D", "tier": "related",
            "score": "4.00", "veto": "given", "relation": "household", "reasons": ["same e-mail address", "same family name"],
        }
    ],
    "related_groups": [
        {"group_id": "salesforce:003C", "relation": "household", "system": "salesforce", "record_id": one} for one in ("003C", "003D")
    ],
    "shared_values": [
        {"system": "shop", "kind": "email", "value": "info@firm.example", "records": 3, "reason": "box of an office"},
        {"system": "shop", "kind": "phone", "value": "+493012345678", "records": 43, "reason": "too many records"},
        {"system": None, "kind": "key", "value": "street", "records": 7, "reason": "too many records share such a key"},
    ],
}  # fmt: skip


@pytest.fixture
def result(workspace: Any) -> AuditResult:
    workspace.only(*DUPLICATES)
    found: AuditResult = workspace.audit(ROWS)
    return found


def known(result: AuditResult) -> Identity:
    assert result.identity is not None
    return result.identity


def test_a_group_shows_its_records_side_by_side(result: AuditResult) -> None:
    (group,) = known(result).duplicates
    assert (group.system, group.confidence, group.reasons) == (
        "salesforce",
        "certain",
        ("by way of a record elsewhere", "same e-mail address", "same name"),
    )
    assert [finding.finding_id for finding in result.findings] == [group.finding_id]
    assert (group.survivor_id, group.survivor_reason) == ("003B", "it has the most orders: 2")
    assert [(one.record_id, one.orders) for one in group.records] == [("003B", 2), ("003A", 1)]
    assert group.records[0].url == "https://salesforce.example.com/Contact/003B"
    assert group.records[0].updated_at == (AT + timedelta(days=2)).replace(tzinfo=UTC)
    assert group.fields == (
        GroupField("first_name", ("Ada", "Ada")),
        GroupField("last_name", ("Byron", "Byron")),
        GroupField("email", ("Ada.Byron@x.example", "ada@x.example"), "Ada.Byron@x.example", "003B", "the survivor's own; others differ"),
        GroupField("phone", ("+49 30 1234567", None), "+49 30 1234567", "003B", "the survivor's own"),
    )
    assert group.elsewhere == (RecordRef("shop", "17"),)


def test_households_and_shared_values_stand_beside_them(result: AuditResult) -> None:
    (group,) = known(result).related
    assert (group.relation, group.apart, group.reasons) == (
        "household", ("different given names",), ("same e-mail address", "same family name"),
    )  # fmt: skip
    assert [one.record_id for one in group.records] == ["003C", "003D"]
    assert group.fields[0] == GroupField("first_name", ("Ada", "Eva"))
    assert known(result).shared_values[0] == SharedValue("shop", "phone", "+493012345678", 43, "too many records")
    assert [one.kind for one in known(result).shared_values] == ["phone", "key", "email"]


def test_they_are_kept_with_the_run(workspace: Any, result: AuditResult) -> None:
    assert history.load(workspace.settings.state_dir).identity == result.identity
    with history.opened(workspace.settings.state_dir) as store:
        kept = store._con.execute("select records from customer_groups where kind = 'duplicates'").fetchall()
        assert store._con.execute("select count(*) from runs where contains(document, '@x.example')").fetchall() == [(0,)]
    assert kept == [([{"system": "salesforce", "record_id": "003B"}, {"system": "salesforce", "record_id": "003A"}],)]


def test_a_waived_group_says_so(workspace: Any) -> None:
    workspace.only(*DUPLICATES)
    workspace.settings.waivers.append(Waiver(rule=DUPLICATES[0], salesforce_id="003A", reason="known", owner="Ada", until=date(2099, 1, 1)))
    (group,) = known(workspace.audit(ROWS)).duplicates
    assert group.state == "waived"


def test_many_groups_are_counted_and_the_surest_are_listed(workspace: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(people, "DUPLICATES", 2)
    monkeypatch.setattr(people, "MEMBERS", 2)
    workspace.only(*DUPLICATES)
    sizes = {"a": (2, None), "b": (3, None), "c": (5, "other")}
    names = [(cluster, f"003{cluster}{n}", certain if n else None) for cluster, (size, certain) in sizes.items() for n in range(size)]
    rows = {
        "customers": [customer(record_id) for _, record_id, _ in names],
        "customer_clusters": [member(cluster, record_id, certain=certain) for cluster, record_id, certain in names],
    }
    found = known(workspace.audit(rows))
    assert found.duplicates_total == 3
    assert [(one.confidence, one.records_total, len(one.records)) for one in found.duplicates] == [("certain", 3, 2), ("certain", 2, 2)]
    assert found.duplicates[0].survivor_id is None and found.duplicates[0].fields[0].keep is None


def test_a_suggestion_out_of_another_list_of_customers_is_none(workspace: Any) -> None:
    workspace.only(*DUPLICATES)
    rows = {
        "customers": [customer(n, "shop", extra=f'{{"website_id": "{n == "3"}"}}') for n in "123"],
        "customer_clusters": [member("g", n, "shop") for n in "123"],
        "customer_survivors": [{"cluster_id": "g", "system": "shop", "record_id": "3", "reason": "it is the oldest", "fields": []}],
    }
    (group,) = known(workspace.audit(rows)).duplicates
    assert [one.record_id for one in group.records] == ["1", "2"] and group.survivor_id is None


def test_without_customers_nothing_is_said(workspace: Any) -> None:
    workspace.only(*DUPLICATES)
    coverage = [{"system": "shop", "entity": "orders", "readable": True, "complete": True}]
    assert workspace.audit({}, coverage=coverage).identity is None
