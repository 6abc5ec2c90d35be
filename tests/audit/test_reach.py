"""How far a rule looks: what no shop has is told and left out, what could not be read leaves no verdict."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest

from recon import report
from recon.audit.compare import compare
from recon.config.settings import Waiver
from recon.fix.journal import Standing
from recon.fix.plan import Change, FieldChange, Question, folder_of, sealed
from recon.fix.proof import judge
from recon.report import html, index

Order = Callable[..., dict[str, Any]]
BEGIN = datetime(2026, 11, 20, 9, tzinfo=UTC)
REFUNDS = "refund.missing_in_salesforce"
CARDS = "compliance.card_number"
MINE, QUIET = "order.mine", "order.quiet"
NOTHING = "select o.system, o.record_id, o.record_id as label, 'x.' as message from orders as o where false"
HERE = "select o.system, o.record_id, o.record_id as label, 'It is here.' as message from orders as o where o.total > 0"
OPTIONAL = """
select o.system, o.record_id, o.record_id as label, 'Order ' || o.record_id || ' is here.' as message
from orders as o where o.system = 'shop'
"""


def outcome(result: Any, rule: str) -> Any:
    return next(one for one in result.rules if one.id == rule)


def covered(*absent: tuple[str, str], system: str = "shop") -> list[dict[str, Any]]:
    """Everything was read, but of these (system, table) there is nothing to read."""
    tables = ("orders", "order_lines", "refunds", "customers", "products")
    return [
        {
            "system": one, "entity": table, "readable": (one, table) not in absent, "complete": (one, table) not in absent,
            "absent": (one, table) in absent, "reason": "The platform has none." if (one, table) in absent else None,
        }
        for one in {"shop", "salesforce", system}
        for table in tables
    ]  # fmt: skip


def test_a_shop_without_such_data_is_left_out_and_said(workspace: Any, order: Order) -> None:
    workspace.rule(QUIET, NOTHING)
    workspace.only(REFUNDS, QUIET)
    rows = {"orders": [order("1")]}
    result = workspace.audit(rows, coverage=covered(("second", "refunds"), system="second"), systems=("shop", "second", "salesforce"))
    rule = outcome(result, REFUNDS)
    assert rule.state == "clean"
    assert [(one.system, one.reason) for one in rule.left_out] == [("second", "refunds of second are not there (The platform has none).")]
    assert result.run.exit_code == 0


def test_a_shop_that_could_not_be_read_is_not_left_out(workspace: Any) -> None:
    workspace.only(REFUNDS)
    coverage = covered()
    for row in coverage:
        if (row["system"], row["entity"]) == ("shop", "refunds"):
            row |= {"readable": False, "complete": False, "reason": "The scope is missing."}
    result = workspace.audit({}, coverage=coverage)
    assert outcome(result, REFUNDS).state == "not_run"
    assert result.run.exit_code == 3


def test_where_no_shop_has_such_data_the_rule_does_not_apply(workspace: Any, order: Order) -> None:
    workspace.rule(QUIET, NOTHING)
    workspace.only(REFUNDS, QUIET)
    result = workspace.audit({"orders": [order("1")]}, coverage=covered(("shop", "refunds")))
    rule = outcome(result, REFUNDS)
    assert (rule.state, rule.reason, rule.checked) == ("not_applicable", "refunds of shop are not there (The platform has none).", None)
    assert result.run.exit_code == 0, "there is nothing that anybody could mend"


def test_personal_data_that_may_not_be_read_is_compared_with_nothing(workspace: Any) -> None:
    """A null where a name should be is no other name."""
    denied = ("email", "phone", "first_name", "last_name", "address1", "postal_code")
    rules = [
        f"customer.{name}" for name in ("email_drift", "phone_drift", "name_drift", "address_drift", "unlinked", "missing_in_salesforce")
    ]
    workspace.only(*rules)
    gaps = [
        {
            "system": "shop",
            "entity": "customers",
            "field": field,
            "readable": False,
            "complete": False,
            "reason": "The plan does not show it.",
        }
        for field in denied
    ]
    row = {"record_id": "7", "external_ids": {"external_id": "7"}, "state": "enabled"}
    people = [
        {**row, "system": "shop"},
        {**row, "system": "salesforce", "email": "ada@example.com", "phone": "+493012345678", "first_name": "Ada", "last_name": "Byron"},
    ]
    result = workspace.audit({"customers": people}, coverage=[*covered(), *gaps])
    assert result.findings == ()
    assert {outcome(result, rule).state for rule in rules} == {"not_run"}
    assert all("The plan does not show it" in str(outcome(result, rule).reason) for rule in rules)
    assert result.run.exit_code == 3


@pytest.mark.parametrize(("optional", "state", "code"), [(True, "not_applicable", 0), (False, "not_run", 3)])
def test_what_nobody_mapped_matters_unless_the_rule_is_optional(
    workspace: Any, order: Order, optional: bool, state: str, code: int
) -> None:
    workspace.rule(QUIET, NOTHING)
    workspace.rule(MINE, OPTIONAL)
    path = workspace.folder / "queries" / "rules" / "order" / "mine.sql"
    text = path.read_text().replace('["shop.orders"]', '["shop.orders", "salesforce.refunds"]')
    path.write_text(text.replace("checked  =", f"optional = {str(optional).lower()}\nchecked  ="))
    workspace.only(MINE, QUIET)
    result = workspace.audit({"orders": [order("1")]}, coverage=covered(("salesforce", "refunds")))
    assert outcome(result, MINE).state == state
    assert result.run.exit_code == code


def texts(**why: str | None) -> list[dict[str, Any]]:
    """Which systems' free texts were looked through; of those with a reason there are none."""
    return [
        {"system": system, "entity": "exposures", "readable": not reason, "complete": not reason, "absent": bool(reason), "reason": reason}
        for system, reason in why.items()
    ]


def test_notes_that_nobody_reads_are_told_and_never_clean(workspace: Any, order: Order) -> None:
    workspace.rule(QUIET, NOTHING)
    workspace.only(CARDS, QUIET)
    rows = {"orders": [order("1"), order("2", system="second")]}
    coverage = covered(system="second") + texts(shop=None, second="Notes are not read from it.", salesforce="No field is mapped to a note.")
    rule = outcome(workspace.audit(rows, coverage=coverage, systems=("shop", "second", "salesforce")), CARDS)
    assert (rule.state, rule.checked) == ("clean", 1)
    assert [one.system for one in rule.left_out] == ["salesforce", "second"]
    coverage = covered() + texts(shop="Notes are not read from it.", salesforce="No field is mapped to a note.")
    rule = outcome(workspace.audit(rows, coverage=coverage), CARDS)
    assert (rule.state, rule.checked) == ("not_applicable", None)


def test_notes_that_could_not_be_read_leave_no_verdict(workspace: Any, order: Order) -> None:
    workspace.only(CARDS)
    coverage = covered() + texts(shop=None, salesforce="The user may not see Order.Note__c.")
    coverage[-1]["absent"] = False
    result = workspace.audit({"orders": [order("1")]}, coverage=coverage)
    assert (outcome(result, CARDS).state, result.run.exit_code) == ("not_run", 3)


def states(result: Any) -> dict[str, str]:
    return {str(one.record_id): one.state for one in (*result.findings, *result.resolved)}


def test_findings_of_a_rule_that_no_longer_applies_are_carried(workspace: Any, order: Order) -> None:
    workspace.rule(MINE, OPTIONAL)
    workspace.only(MINE)
    first = workspace.audit({"orders": [order("1")]}, coverage=covered())
    assert states(first) == {"1": "new"}
    second = workspace.audit({}, coverage=covered(("shop", "orders")))
    assert outcome(second, MINE).state == "not_applicable"
    assert states(second) == {"1": "unknown"}
    third = workspace.audit({"orders": [order("1")]}, coverage=covered())
    assert states(third) == {"1": "unchanged"}


def test_what_a_rule_left_out_is_neither_open_nor_resolved_until_it_looks_again(workspace: Any, order: Order) -> None:
    workspace.settings.path.write_text("config_version = 1\n")
    workspace.rule(MINE, HERE)
    workspace.only(MINE)
    where = {"systems": ("shop", "second", "salesforce")}
    whole, without = covered(system="second"), covered(("second", "orders"), system="second")
    rows = {"orders": [order("1"), order("2"), order("3", system="second"), order("4", system="second")]}
    workspace.audit(rows, coverage=whole, run_id="whole", **where)
    for run_id in ("without", "still"):
        result = workspace.audit({"orders": [order("2")]}, coverage=without, run_id=run_id, **where)
        assert [gap.system for gap in outcome(result, MINE).left_out] == ["second"]
        gone = {"1": "resolved"} if run_id == "without" else {}
        assert states(result) == {"2": "unchanged", "3": "unknown", "4": "unknown", **gone}
        counts = outcome(result, MINE).counts
        assert (counts.open, counts.unknown, counts.resolved) == (1, 2, len(gone))
    carried = "2 findings of earlier runs were not looked at again and may still be there."
    told = report.load(workspace.settings)[1]
    page = html.render(told).decode()
    assert told.verdict.detail == f"Open in all: 1 high. {carried}"
    assert page.count("Not looked at since") == 2
    workspace.audit({"orders": [order("2", total="0")]}, coverage=without, run_id="quiet", **where)
    told = report.load(workspace.settings)[1]
    assert (told.verdict.outcome, carried in told.verdict.detail) == ("clean", True)
    page = html.render(told).decode()
    assert f"where there is nothing to look at</span> {carried}" in page and page.count("Not looked at since") == 2
    assert index.write_index(workspace.settings).read_text().count('<span class="sub">2 not looked at</span>') == 3
    last = workspace.audit({"orders": [order("4", system="second")]}, coverage=whole, run_id="last", **where)
    assert states(last) == {"3": "resolved", "4": "unchanged"}
    assert [(one.reopened, one.runs_open) for one in last.findings] == [(False, 2)]


def test_a_correction_is_not_proven_by_a_rule_that_did_not_look_at_it(workspace: Any, order: Order) -> None:
    workspace.rule(MINE, HERE)
    workspace.only(MINE)
    where = {"systems": ("shop", "second", "salesforce")}
    rows = {"orders": [order("1"), order("2"), order("3", system="second")]}
    found = workspace.audit(rows, coverage=covered(system="second"), **where).findings
    changes = [
        Change(
            id=f"c{n:04}", level=0, action="update", object="Order", entity="orders", record_id=f"801{n}", label=one.label,
            fields=(FieldChange(field="Name", type="string", before="a", after="b"),), safety="safe", rules=(MINE,),
            findings=(one.finding_id,),
        )
        for n, one in enumerate(sorted(found, key=lambda one: str(one.record_id)), 1)
    ]  # fmt: skip
    plan = sealed(
        system="salesforce", org_id="00D", user_id="005", api_version="66.0", run_id="r", snapshot_id="s", data_as_of=BEGIN,
        rules_digest="r", mapping_digest="m", question=Question(), changes=tuple(changes), unplanned=(),
    )  # fmt: skip
    folder_of(workspace.settings.state_dir, plan.id).mkdir(parents=True)
    workspace.settings.waivers = [Waiver(rule=MINE, record_id="2", reason="known", owner="ada", until=date(2026, 12, 31))]
    workspace.audit({"orders": [order("2")]}, coverage=covered(("second", "orders"), system="second"), run_id="after", **where)
    proven = judge(plan, {one.id: Standing("done") for one in changes}, "after", workspace.settings.state_dir)
    assert {one.label: one.verdict for one in proven} == {"1": "fixed", "2": "unknown", "3": "unknown"}


def test_diff_says_the_same_of_what_was_left_out(workspace: Any, order: Order) -> None:
    workspace.rule(MINE, HERE)
    workspace.only(MINE)
    where = {"systems": ("shop", "second", "salesforce")}
    workspace.audit({"orders": [order("3", system="second")]}, coverage=covered(system="second"), run_id="whole", **where)
    workspace.audit({}, coverage=covered(("second", "orders"), system="second"), run_id="without", **where)
    found = compare(workspace.settings.state_dir)
    assert {total.change: total.count for total in found.totals if total.count} == {"not_compared": 1}
    assert [one.reason for one in found.blind] == ["orders of second are not there (The platform has none)."]
