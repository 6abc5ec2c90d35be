"""On the demo merchant: plan ∘ apply ∘ audit leaves nothing that was planned, and the revert brings the org back."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from fix_checker import Effect, broken

from recon.audit import history
from recon.cli import run
from recon.config.load import load_settings
from recon.fix.journal import read
from recon.fix.plan import Plan, Question, find, folder_of
from recon.fix.planner import make, open_door
from recon.fix.session import carry_out
from recon.sandbox.merchant.stage import Stage
from recon.sandbox.salesforce import Org
from recon.systems.registry import settings_models

STAMPS = frozenset({"SystemModstamp", "LastModifiedDate", "LastModifiedById", "ActivatedDate", "ActivatedById"})
OBJECTS = (
    "Account",
    "Contact",
    "Order",
    "OrderItem",
    "Product2",
    "PricebookEntry",
    "ProductItem",
    "Order_Refund__c",
    "Order_Shipment__c",
    "Order_Return__c",
    "Subscription__c",
)


FLOWS = (
    ("Order_After_Save", "301000000000001", "AutoLaunchedFlow", "RecordAfterSave"),  # and somebody is working on a newer version
    ("Order_Draft", None, "AutoLaunchedFlow", "RecordAfterSave"),
    ("Asked_By_A_Person", "301000000000003", "Flow", None),
)
"""Name, active version, kind and trigger"""


def living(org: Org) -> dict[tuple[str, str], dict[str, Any]]:
    """Everything that is not in the recycle bin, without the stamps of writing."""
    return {
        (name, row["Id"]): {key: value for key, value in row.items() if key not in STAMPS}
        for name in OBJECTS
        for row in org.rows(name)
        if not row.get("IsDeleted")
    }


def settle(org: Org) -> None:
    """Amounts as the fields of an org can hold them: the merchant's are loaded with the three decimals of some currencies."""
    for row in list(org.rows("Order")):
        amounts = {name: value for name, value in row.items() if name.startswith("Shop_") and isinstance(value, Decimal)}
        finer = {name: str(value.quantize(Decimal("0.01"))) for name, value in amounts.items() if value != value.quantize(Decimal("0.01"))}
        org.store.update("Order", row["Id"], finer)


def come_back(stage: Stage, run_id: str) -> dict[str, Any]:
    """A total and a lost product are corrected, and somebody undoes both; what is planned then, and when their findings are named."""
    settings = load_settings(stage.config, settings_models())
    rules = ("order.total_drift", "product.missing_in_salesforce")
    asked = Question(rules=rules)
    first = make(settings, asked, open_door(settings), run_id=run_id)
    assert carry_out(settings, first, max_rows=5000).complete
    total = next(change for change in first.changes if change.object == "Order")
    stage.org.change("Order", str(total.record_id), {one.field: one.before for one in total.fields})
    product = next(change for change in first.changes if change.object == "Product2" and change.action == "insert")
    key = next(one.after for one in product.fields if one.field == product.key[0])
    (made,) = [row["Id"] for row in stage.org.rows("Product2") if row[product.key[0]] == key and not row["IsDeleted"]]
    stage.org.put_into_bin("Product2", made)
    undone = {total.findings[0], product.findings[0]}
    later = make(settings, asked, open_door(settings), run_id=run_id)
    named = make(settings, Question(findings=tuple(sorted(undone))), open_door(settings), run_id=run_id)
    return {"undone": undone, "first": first, "later": later, "named": named}


@pytest.fixture(scope="module", params=[("shopify",), ("all",)], ids=["shopify", "all"])
def corrected(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """A merchant, audited, planned, corrected with the proof that follows, and taken back."""
    workspace = tmp_path_factory.mktemp("corrected")
    orders = 600 if request.param == ("shopify",) else 3600
    with Stage(workspace / "w", platforms=request.param, orders=orders) as stage:
        config = ["--config", str(stage.config), "--quiet"]
        stage.org.store.run(
            "insert into \"o_ApexTrigger\" (Id, Name, TableEnumOrId, Status) values ('01q7Q0000000001QAA', 'OrderGuard', 'Order', 'Active')"
        )
        for place, (name, version, kind, when) in enumerate(FLOWS):
            stage.org.store.run(
                'insert into "o_FlowDefinitionView" (Id, ApiName, IsActive, ActiveVersionId, ProcessType, TriggerType, '
                "TriggerObjectOrEventLabel) values (?, ?, 0, ?, ?, ?, 'Order')",
                (f"3dd00000000000{place}AAA", name, version, kind, when),
            )
        settle(stage.org)
        assert run(["run", *config]) == 1
        state = workspace / "w" / ".recon"
        before, first = living(stage.org), history.load(state)
        assert run(["fix", "plan", *config]) == 0
        plan = find(state, None)
        assert run(["fix", "show", "--html", plan.id, *config]) == 0
        assert run(["fix", "plan", *config]) == 0 and len(list((state / "plans").iterdir())) == 1  # the same plan again
        code = run(["fix", "apply", plan.id, "--confirm", "--max-rows", "5000", *config])
        effects = [Effect(one["user_id"], one["object"], one["id"], one["operation"], one["after"]) for one in stage.org.effects()]
        after = {(name, row["Id"]): row for name in OBJECTS for row in stage.org.rows(name)}
        second = history.load(state)
        back = run(["fix", "revert", plan.id, "--confirm", "--no-proof", "--max-rows", "5000", *config])
        reverted = living(stage.org)
        again = come_back(stage, first.run.id) if request.param == ("shopify",) else None
        yield {
            "again": again, "plan": plan, "state": state, "codes": (code, back), "first": first, "second": second, "before": before,
            "after": after, "effects": effects, "reverted": reverted,
        }  # fmt: skip


def test_everything_planned_was_written_once_and_nothing_else(corrected: dict[str, Any]) -> None:
    plan: Plan = corrected["plan"]
    entries = read(folder_of(corrected["state"], plan.id) / "journal.jsonl")
    assert corrected["codes"][0] == 0
    assert broken(plan, entries, corrected["effects"], corrected["after"]) == []


def test_the_next_audit_finds_nothing_that_was_planned(corrected: dict[str, Any]) -> None:
    plan: Plan = corrected["plan"]
    still = {one.finding_id: one.rule for one in corrected["second"].findings if one.state in {"new", "unchanged", "updated"}}
    assert Counter(still[finding] for finding in plan.findings if finding in still) == {}
    proof = json.loads((folder_of(corrected["state"], plan.id) / "proof.json").read_text(encoding="utf-8"))
    assert Counter(one["verdict"] for one in proof["findings"]) == {"fixed": len(plan.findings)}


def test_a_correction_makes_no_new_finding(corrected: dict[str, Any]) -> None:
    known = {one.finding_id for one in corrected["first"].findings}
    new = [one for one in corrected["second"].findings if one.state in {"new", "unchanged", "updated"} and one.finding_id not in known]
    # An order that was lost for longer than the target did arrive late: DECISIONS.md says why that is told.
    assert Counter(one.rule for one in new if one.rule != "sync.latency") == {}
    made = {record for (name, record), row in corrected["after"].items() if name == "Order" and not row.get("IsDeleted")}
    assert {one.salesforce_id for one in new} <= made - {record for _, record in corrected["before"]}


def test_reports_show_the_plan_and_what_it_made_go_away(corrected: dict[str, Any]) -> None:
    plan, reports = corrected["plan"], corrected["state"] / "reports"
    first, second = (
        json.loads((reports / corrected[key].run.id / "report.json").read_text(encoding="utf-8")) for key in ("first", "second")
    )
    planned = {one["finding_id"]: one["planned"]["state"] for one in first["findings"]}
    left_out = {one.finding for one in plan.unplanned} - set(plan.findings)
    assert {finding for finding, told in planned.items() if told in {"safe", "review"}} == set(plan.findings)
    assert {finding for finding, told in planned.items() if told == "skipped"} == left_out
    assert {one["finding_id"] for one in second["resolved"] if one["corrected_by"] == plan.id} == set(plan.findings)


def test_lost_orders_are_made_with_lines_and_activation(corrected: dict[str, Any]) -> None:
    plan: Plan = corrected["plan"]
    made = {change.id for change in plan.changes if change.object == "Order" and change.action == "insert"}
    assert made
    lines = {one.made_by for change in plan.changes if change.object == "OrderItem" for one in change.fields if one.field == "OrderId"}
    assert made <= lines
    assert {change.made_by for change in plan.changes if change.made_by} & made


def test_every_finding_is_planned_or_has_a_reason(corrected: dict[str, Any]) -> None:
    plan: Plan = corrected["plan"]
    told = {*plan.findings, *(one.finding for one in plan.unplanned)}
    assert told == {one.finding_id for one in corrected["first"].findings}
    assert all(one.reason.endswith((".", "?")) for one in plan.unplanned)


def test_opt_outs_are_safe_and_opt_ins_are_not(corrected: dict[str, Any]) -> None:
    severities = {one.finding_id: one.severity for one in corrected["first"].findings if one.rule == "customer.consent_drift"}
    found = {severities[one]: change.safety for change in corrected["plan"].changes for one in change.findings if one in severities}
    assert found == {"critical": "safe", "low": "review"}


def test_duplicates_become_a_proposal_and_nothing_more(corrected: dict[str, Any]) -> None:
    plan: Plan = corrected["plan"]
    groups = [one for one in plan.merges if one.rule == "customer.duplicate_in_salesforce"]
    assert groups and all(len(one.losers) >= 1 and one.survivor not in one.losers for one in groups)
    with (folder_of(corrected["state"], plan.id) / "merges.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert sum(row["PROPOSAL"] == "survivor" for row in rows) == len(plan.merges)
    assert not any(one.operation == "delete" for one in corrected["effects"])


def test_the_plan_says_which_automation_will_run(corrected: dict[str, Any]) -> None:
    told = [(one.kind, one.name, one.object) for one in corrected["plan"].automation or ()]
    assert told == [("flow", "Order_After_Save", "Order"), ("trigger", "OrderGuard", "Order")]


def test_the_revert_brings_the_org_back(corrected: dict[str, Any]) -> None:
    assert corrected["codes"][1] == 0
    assert corrected["reverted"] == corrected["before"]


def test_what_somebody_undoes_is_not_corrected_over_and_over(corrected: dict[str, Any]) -> None:
    again = corrected["again"]
    if again is None:
        pytest.skip("shown on one shop")
    reasons = {one.finding: one for one in again["later"].unplanned}
    assert {reasons[finding].code for finding in again["undone"]} == {"came_back"}
    assert all(again["first"].id in reasons[finding].reason for finding in again["undone"])
    assert not again["undone"] & set(again["later"].findings)
    assert set(again["named"].findings) == again["undone"]


def test_results_are_private(corrected: dict[str, Any]) -> None:
    folder: Path = folder_of(corrected["state"], corrected["plan"].id)
    assert {path.stat().st_mode & 0o077 for path in folder.rglob("*")} == {0}


def test_the_report_shows_what_was_fixed(corrected: dict[str, Any]) -> None:
    folder = corrected["state"] / "reports" / corrected["second"].run.id
    data = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    assert sum(one["findings"] for one in data["corrections"]) == len(corrected["plan"].findings)
    assert {one["outcome"] for one in data["corrections"]} == {"fixed"}
    assert f"{len(corrected['plan'].findings)} of {len(corrected['plan'].findings)} corrected findings fixed" in (
        folder / "report.html"
    ).read_text(encoding="utf-8").replace(",", "")
    page = (folder_of(corrected["state"], corrected["plan"].id) / "plan.html").read_text(encoding="utf-8")
    assert "OrderGuard" in page and "<script" not in page
