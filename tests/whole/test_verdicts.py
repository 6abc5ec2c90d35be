"""What was not read is never taken for blank, and nothing is called clean that nobody looked at."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

MISSING, UNLINKED = "order.missing_in_salesforce", "order.unlinked"


def found(result: Any, rule: str) -> list[tuple[str | None, str | None]]:
    return [(item.record_id, item.salesforce_id) for item in result.findings if item.rule == rule]


def test_a_hidden_key_makes_no_order_missing(merchant: Any, outcome: Callable[..., Any]) -> None:
    result = merchant.audit(merchant.shop(merchant.order(1)), merchant.org(merchant.copy(1, Number__c=""), hidden=["Ext__c"]))
    for rule in (MISSING, UNLINKED, "order.missing_in_shop", "order.duplicate_in_salesforce"):
        assert outcome(result, rule).state == "not_run", rule
        assert "external_ids of salesforce could not be read (hidden)" in str(outcome(result, rule).reason)
    assert result.findings == ()
    assert result.run.exit_code == 3


def test_an_org_in_which_nothing_identifies_an_order_makes_none_missing(merchant: Any, outcome: Callable[..., Any]) -> None:
    fields = {role: name for role, name in merchant.fields.items() if role not in {"external_id", "number", "email"}}
    result = merchant.audit(merchant.shop(merchant.order(1)), merchant.org(merchant.copy(1), fields=fields))
    assert outcome(result, MISSING).state == "not_run"
    assert result.findings == ()


def test_a_key_that_nobody_mapped_is_no_reason_where_another_will_do(merchant: Any, outcome: Callable[..., Any]) -> None:
    fields = {role: name for role, name in merchant.fields.items() if role != "external_id"}
    result = merchant.audit(merchant.shop(merchant.order(1), merchant.order(2)), merchant.org(merchant.copy(1), fields=fields))
    assert found(result, MISSING) == [("2", None)]
    assert outcome(result, UNLINKED).state == "not_run", "blank and unmapped are two things"


def test_a_hidden_flag_makes_no_test_order_an_ordinary_one(merchant: Any, outcome: Callable[..., Any]) -> None:
    shop = merchant.shop(merchant.order(1, test=True))
    hidden = merchant.audit(shop, merchant.org(merchant.copy(1, Test__c="true"), hidden=["Test__c"]))
    assert outcome(hidden, "order.test_in_salesforce").state == "not_run"
    fields = {role: name for role, name in merchant.fields.items() if role != "is_test"}
    without = merchant.audit(shop, merchant.org(merchant.copy(1), fields=fields))
    assert len(found(without, "order.test_in_salesforce")) == 1, "an org without the flag counts it as revenue"


@pytest.mark.fault("salesforce", 23)
def test_a_field_that_was_granted_after_the_base_is_not_blank_in_the_base(merchant: Any, outcome: Callable[..., Any]) -> None:
    orders = [merchant.order(1), merchant.order(2)]
    base = merchant.snapshot(merchant.shop(*orders), merchant.org(merchant.copy(1), merchant.copy(2, Number__c=""), hidden=["Ext__c"]))
    result = merchant.audit(merchant.shop(merchant.order(3)), merchant.org(merchant.copy(3)), base=base)
    assert outcome(result, MISSING).state == "not_run"
    assert outcome(result, UNLINKED).state == "not_run"
    assert result.findings == ()


def test_a_field_mapped_after_the_base_is_not_blank_in_the_base(merchant: Any, outcome: Callable[..., Any]) -> None:
    old = merchant.org(merchant.copy(1), hidden=["Ext__c"], unreadable={})
    base = merchant.snapshot(merchant.shop(merchant.order(1)), old)
    result = merchant.audit(merchant.shop(merchant.order(3)), merchant.org(merchant.copy(3)), base=base)
    assert "take a full one" in str(outcome(result, UNLINKED).reason)


def test_a_base_that_was_incomplete_stays_so_under_a_complete_delta(merchant: Any, outcome: Callable[..., Any]) -> None:
    base = merchant.snapshot(merchant.shop(merchant.order(1)), merchant.org(complete=False, reason="The server went away."))
    result = merchant.audit(merchant.shop(merchant.order(3)), merchant.org(merchant.copy(3)), base=base)
    assert outcome(result, MISSING).state == "not_run"
    assert "The server went away" in str(outcome(result, MISSING).reason)


@pytest.mark.parametrize("field", ["email", "phone"])
def test_a_field_hidden_in_one_of_two_objects_is_not_readable(staged: Callable[..., Any], field: str) -> None:
    fields = {"external_id": "Ext__c", "email": "Email", "phone": "Phone"}
    mapping = {
        "customers": [
            {"object": "Account", "fields": {**fields, "email": "PersonEmail", "phone": "PersonPhone"}},
            {"object": "Contact", "fields": fields},
        ]
    }
    hidden = {"email": "PersonEmail", "phone": "PersonPhone"}[field]
    columns = [name for name in ("Id", "Ext__c", "PersonEmail", "PersonPhone") if name != hidden]
    streams = {
        "account": {"rows": ",".join(columns) + "\n001A0000006Vm9r,1,x\n", "entities": ["customers"], "unreadable": {hidden: "hidden"}},
        "contact": {"rows": "Id,Ext__c,Email,Phone\n003A0000006Vm9r,2,a@example.com,1\n", "entities": ["customers"]},
    }
    con = staged({"name": "salesforce", "kind": "salesforce", "side": "salesforce", "mapping": mapping, "streams": streams})
    rows = con.execute("select field, readable, reason from coverage where entity = 'customers' and field = ?", [field]).fetchall()
    assert rows == [(field, False, "hidden")]


def test_a_status_that_nobody_knows_is_said_and_compared_with_nothing(merchant: Any, outcome: Callable[..., Any]) -> None:
    orders = [merchant.order(1), merchant.order(2)]
    all_unknown = merchant.audit(
        merchant.shop(*orders), merchant.org(merchant.copy(1, Status="Packing"), merchant.copy(2, Status="Packing"))
    )
    assert outcome(all_unknown, "order.status_drift").state == "not_run"
    assert "2 of 2 statuses are unknown, such as Packing" in str(outcome(all_unknown, "order.status_drift").reason)
    some = merchant.audit(merchant.shop(*orders), merchant.org(merchant.copy(1, Status="Packing"), merchant.copy(2, Status="Completed")))
    assert found(some, "order.status_drift") == [("2", "801A00000000002IAA")]
    cancelled = merchant.shop(merchant.order(1, cancelledAt="2026-11-18T11:00:00Z"), orders[1])
    result = merchant.audit(cancelled, merchant.org(merchant.copy(1, Status="Packing"), merchant.copy(2)))
    assert found(result, "order.cancelled_but_open") == [("1", "801A00000000001IAA")], "whatever the word means, it is not cancelled"


def test_where_only_new_orders_may_be_read_older_claims_prove_nothing(merchant: Any) -> None:
    shop = merchant.shop(merchant.order(100), window_from="2026-11-10T12:00:00Z")
    copies = [
        merchant.copy(1, Placed__c="2026-11-09T10:00:00Z"),
        merchant.copy(2, Placed__c=""),
        merchant.copy(3, Placed__c="2026-11-10"),
        merchant.copy(4, Placed__c="2026-11-11"),
        merchant.copy(5, Placed__c="2026-11-15T10:00:00Z"),
        merchant.copy(100),
    ]
    assert found(merchant.audit(shop, merchant.org(*copies)), "order.missing_in_shop") == [(None, "801A00000000005IAA")]


def test_two_shops_with_the_same_numbers_are_told_apart_by_the_amount(merchant: Any) -> None:
    first, second = merchant.shop(merchant.order(1, "#1001")), merchant.shop(merchant.order(2, "#1001", total="99.0"), name="shop_b")
    result = merchant.audit(first, second, merchant.org(merchant.copy(7, Ext__c="", Number__c="1001")))
    assert found(result, MISSING) == [("2", None)]
    assert found(result, UNLINKED) == [("1", "801A00000000007IAA")]
    assert found(result, "order.total_drift") == []


@pytest.mark.parametrize("written", ["1", "gid://shopify/Order/1", "#1", "1.0", "0001", "1\u200b", "'1", " 1 "])
@pytest.mark.fault("shopify", 30)
def test_an_id_is_known_in_every_disguise(merchant: Any, written: str) -> None:
    result = merchant.audit(merchant.shop(merchant.order(1)), merchant.org(merchant.copy(1, Ext__c=written, Number__c="")))
    assert result.findings == ()


def test_one_system_that_could_not_be_reached_gives_no_verdict_but_its_reason(merchant: Any, outcome: Callable[..., Any]) -> None:
    gone = {"name": "salesforce", "kind": "salesforce", "side": "salesforce", "not_covered": {"*": "The org did not answer."}}
    result = merchant.audit(merchant.shop(merchant.order(1)), gone)
    assert "The org did not answer" in str(outcome(result, MISSING).reason)
    assert result.findings == ()
    assert result.run.exit_code == 3


def test_a_workspace_may_lie_in_a_folder_of_any_name(tmp_path: Path, merchant: Any, write_snapshot: Callable[..., Path]) -> None:
    other = type(merchant)(tmp_path / "w[or]k *{a,b}", write_snapshot)
    assert found(other.audit(other.shop(other.order(1)), other.org()), MISSING) == [("1", None)]


def test_what_the_shop_no_longer_shows_is_not_called_mended(merchant: Any) -> None:
    def states(result: Any) -> dict[str, str]:
        return {item.record_id: item.state for item in (*result.findings, *result.resolved) if item.rule == MISSING}

    orders = [merchant.order(1), merchant.order(2, processedAt="2026-11-01T10:00:00Z", createdAt="2026-11-01T10:00:00Z")]
    first = merchant.audit(merchant.shop(*orders), merchant.org(), as_of=datetime(2026, 11, 21, 6, tzinfo=UTC))
    assert states(first) == {"1": "new", "2": "new"}
    window = {"window_from": "2026-11-05T00:00:00Z"}
    aged = merchant.audit(merchant.shop(orders[0], **window), merchant.org(merchant.copy(1)), as_of=datetime(2026, 11, 22, 6, tzinfo=UTC))
    assert states(aged) == {"1": "resolved", "2": "unknown"}
    seen = merchant.audit(
        merchant.shop(*orders), merchant.org(merchant.copy(1), merchant.copy(2)), as_of=datetime(2026, 11, 23, 6, tzinfo=UTC)
    )
    assert states(seen) == {"2": "resolved"}


@pytest.mark.fault("salesforce", 30)
def test_both_lengths_of_an_id_are_one_record(merchant: Any, outcome: Callable[..., Any]) -> None:
    old, new = (
        merchant.copy(1, Id="801A00000000001", Total__c="9.0"),
        merchant.copy(1, Id="801A00000000001IAA", SystemModstamp="2026-11-19T10:00:00Z"),
    )
    result = merchant.audit(merchant.shop(merchant.order(1)), merchant.org(new, old))
    assert outcome(result, "order.duplicate_in_salesforce").state == "clean"
    assert result.findings == ()
    base = merchant.snapshot(merchant.shop(merchant.order(1)), merchant.org(old))
    assert merchant.audit(merchant.shop(), merchant.org(new), base=base).findings == ()


def test_a_name_that_is_no_order_number_claims_no_order(merchant: Any) -> None:
    copies = [merchant.copy(1), merchant.copy(7, Ext__c="", Number__c="Framework deal 2027"), merchant.copy(8, Ext__c="", Number__c="#8")]
    assert found(merchant.audit(merchant.shop(merchant.order(1)), merchant.org(*copies)), "order.missing_in_shop") == [
        (None, "801A00000000008IAA")
    ]
