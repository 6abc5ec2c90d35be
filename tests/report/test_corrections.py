"""What plans of corrections add to a report: planned values beside findings, and who made a resolved one go away."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from recon import report
from recon.audit import history
from recon.config.settings import Settings
from recon.fix.journal import Journal
from recon.fix.plan import Change, FieldChange, Plan, Question, Unplanned, folder_of, save, sealed
from recon.report import html
from recon.report.model import Finding

Days = Callable[[Settings], Callable[..., str]]


@pytest.fixture(scope="module")
def two_days(tmp_path_factory: pytest.TempPathFactory, days: Days) -> Path:
    """The state of a workspace with two runs: orders #2 and #3 were missing on the first day only."""
    folder = tmp_path_factory.mktemp("two-days")
    (folder / "recon.toml").write_text("config_version = 1\n")
    made = Settings(path=folder / "recon.toml", title="Acme")
    day = days(made)
    day(3), day(1)
    return made.state_dir


def field(name: str, before: str | None, after: str | None, **more: Any) -> FieldChange:
    return FieldChange(field=name, type="string", before=before, after=after, **more)


def change(number: int, finding: str, *fields: FieldChange, safety: Any = "safe", action: Any = "update") -> Change:
    return Change(
        id=f"c{number:04}", level=0, action=action, object="Order", entity="orders", record_id="8010" if action == "update" else None,
        label="Order #1", fields=fields, safety=safety, rules=("order.missing_in_salesforce",), findings=(finding,),
    )  # fmt: skip


def plan_of(settings: Settings, run: str, *changes: Change, unplanned: tuple[Unplanned, ...] = (), kind: Any = "correction") -> Plan:
    plan = sealed(
        kind=kind, system="salesforce", org_id="00D", user_id="005", api_version="66.0", run_id=run, snapshot_id="s",
        data_as_of=datetime(2026, 11, 20, 9, tzinfo=UTC), rules_digest="r", mapping_digest="m", question=Question(),
        changes=changes, unplanned=unplanned,
    )  # fmt: skip
    path = save(settings.state_dir, plan)
    plans = sorted((settings.state_dir / "plans").glob("*/plan.json"), key=lambda one: one.stat().st_mtime_ns)
    os.utime(path, ns=(0, 10**9 * len(plans)))  # each is newer than those before, however coarse the clock
    return plan


def ended(settings: Settings, plan: Plan, at: datetime, **results: str) -> None:
    """The journal of a plan that was applied; results by change."""
    with Journal(folder_of(settings.state_dir, plan.id), lambda: at) as journal:
        for name, result in results.items():
            journal.write({"event": "outcome", "change": name, "result": result, "message": "The record was changed meanwhile."})


def findings(settings: Settings, run: str, **more: Any) -> list[Finding]:
    return sorted(report.load(settings, run, **more)[1].findings, key=lambda item: item.finding_id)


def ids(settings: Settings, run: str) -> list[str]:
    return [item.finding_id for item in findings(settings, run)]


def states(settings: Settings, run: str) -> list[str | None]:
    return [item.planned.state if item.planned else None for item in findings(settings, run)]


def test_each_finding_says_what_is_planned_for_it(settings: Settings, told_once: str) -> None:
    first, second, third = ids(settings, told_once)
    skipped = Unplanned(finding=third, rule="r", label="#3", code="no_correction", reason="No correction is declared for this rule. Do so.")
    changes = (
        change(1, first, field("Status", "Draft", "Activated")),
        change(2, second, field("Name", None, "x"), action="insert"),
        change(3, second, field("OrderId", None, None, made_by="c0002"), safety="review", action="insert"),
    )
    plan = plan_of(settings, told_once, *changes, unplanned=(skipped,))
    found = findings(settings, told_once)
    assert [item.planned.state for item in found if item.planned] == ["safe", "review", "skipped"]
    assert found[2].planned and found[2].planned.reason == "No correction is declared for this rule."
    result = report.load(settings, told_once)[1]
    assert [one.model_dump(exclude_defaults=True) for one in result.plans] == [
        {"id": plan.id, "changes": 3, "safe": 1, "review": 1, "skipped": 1}
    ]
    page = html.render(result).decode()
    assert "A plan would correct 2 findings: 1 safe, 1 to review; 1 not planned." in page
    assert f"recon fix apply {plan.id} --confirm" in page
    assert "<bdi>Draft</bdi>" in page and "<bdi>Activated</bdi>" in page and "<bdi>id of the new record</bdi>" in page


def test_no_plan_says_nothing(settings: Settings, told_once: str) -> None:
    page = html.render(report.load(settings, told_once)[1]).decode()
    assert states(settings, told_once) == [None] * 3
    assert 'class="plan ' not in page and "A plan would" not in page


def test_the_newest_plan_of_the_run_counts(settings: Settings, told_once: str) -> None:
    first, second, _ = ids(settings, told_once)
    plan_of(settings, told_once, change(1, first, field("Status", "a", "b")), change(2, second, field("Status", "a", "b")))
    plan_of(settings, told_once, change(1, first, field("Status", "a", "c"), safety="review"))
    plan_of(settings, "another run", change(1, second, field("Status", "a", "d"), safety="review"))
    assert states(settings, told_once) == ["review", "safe", None]


def test_a_plan_that_was_applied_is_not_offered_again(settings: Settings, told_once: str) -> None:
    first, second, third = ids(settings, told_once)
    plan = plan_of(settings, told_once, *(change(n, one, field("Status", "a", "b")) for n, one in enumerate((first, second, third), 1)))
    ended(settings, plan, datetime(2026, 11, 20, 10, tzinfo=UTC), c0001="done", c0002="skipped")
    assert states(settings, told_once) == ["written", "refused", "safe"]
    page = html.render(report.load(settings, told_once)[1]).decode()
    assert "The record was changed meanwhile." in page and page.count("--confirm</code>") == 1


def test_what_a_change_that_is_sent_again_came_to_is_open(settings: Settings, told_once: str) -> None:
    first = ids(settings, told_once)[0]
    plan = plan_of(settings, told_once, change(1, first, field("Status", "a", "b")))
    ended(settings, plan, datetime(2026, 11, 20, 10, tzinfo=UTC), c0001="failed")
    with Journal(folder_of(settings.state_dir, plan.id)) as journal:
        journal.write({"event": "intent", "request": 2, "way": "collections", "changes": {"c0001": {}}})
    assert states(settings, told_once)[0] == "safe"


def test_personal_data_in_a_plan_is_masked(settings: Settings, told_once: str) -> None:
    first = ids(settings, told_once)[0]
    values = (
        field("PersonEmail", "old.name@example.com", "other.name@example.com"),
        field("BillingStreet", "Lindenallee 7", "Lindenallee 9"),
    )
    plan_of(settings, told_once, change(1, first, *values))
    source, result = report.load(settings, told_once)
    for form in ("html", "json"):
        text = b"".join(report.render(settings, form, source, result)).decode()
        assert "old.name" not in text and "Lindenallee" not in text
    shown = findings(settings, told_once, show_personal=True)[0].planned
    assert shown and shown.writes[0].values[0].after == "other.name@example.com"


def test_findings_beyond_the_limit_of_a_page_have_their_plan_too(settings: Settings, told_once: str) -> None:
    first, second, third = ids(settings, told_once)
    plan_of(settings, told_once, *(change(n, one, field("Status", "a", "b")) for n, one in enumerate((first, second, third), 1)))
    settings.report.max_findings = 1
    source, result = report.load(settings, told_once)
    assert len(result.findings) == 1
    everything = json.loads(b"".join(report.render(settings, "json", source, result)))
    assert [item["planned"]["state"] for item in everything["findings"]] == ["safe"] * 3


@pytest.mark.parametrize("text", ["{", "[]", '{"kind": "correction"}'])
def test_a_plan_that_cannot_be_read_is_a_note(settings: Settings, told_once: str, text: str) -> None:
    folder = settings.state_dir / "plans" / "20261120T090000Z-aaaa"
    folder.mkdir(parents=True)
    (folder / "plan.json").write_text(text)
    result = report.load(settings, told_once)[1]
    assert result.run.notes == ["The plan 20261120T090000Z-aaaa cannot be read, so nothing is said of its corrections."]
    assert result.run.notes[0] in html.render(result).decode()


@pytest.mark.parametrize(
    ("at", "kind", "by_recon"),
    [
        (datetime(2026, 11, 20, 12, tzinfo=UTC), "correction", {"#3"}),
        (datetime(2026, 11, 22, tzinfo=UTC), "correction", set()),  # after the second run
        (datetime(2026, 11, 20, 8, tzinfo=UTC), "correction", set()),  # before the first
        (datetime(2026, 11, 20, 12, tzinfo=UTC), "revert", set()),
    ],
)
def test_what_recon_corrected_is_told_apart_from_what_went_away_by_itself(
    settings: Settings, two_days: Path, at: datetime, kind: str, by_recon: set[str]
) -> None:
    shutil.copytree(two_days, settings.state_dir)
    first, second = history.runs(settings.state_dir)
    gone = next(item for item in report.load(settings, first)[1].findings if item.label == "#3")
    plan = plan_of(settings, first, change(1, gone.finding_id, field("Status", "a", "b")), kind=kind)
    ended(settings, plan, at, c0001="done")
    result = report.load(settings, second)[1]
    assert {item.label for item in result.resolved} == {"#2", "#3"}
    assert {item.label for item in result.resolved if item.corrected_by == plan.id} == by_recon
    page = html.render(result).decode()
    assert ("1 by recon, 1 without" in page) == bool(by_recon)
    assert page.count('<span class="sub">by recon</span>') == len(by_recon)


def test_the_same_plans_give_the_same_bytes(settings: Settings, told_once: str) -> None:
    plan_of(settings, told_once, change(1, ids(settings, told_once)[0], field("Status", "a", "b")))
    first, again = (html.render(report.load(settings, told_once)[1]) for _ in range(2))
    assert first == again
