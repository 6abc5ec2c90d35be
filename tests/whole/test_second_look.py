"""Between the snapshot and the report the world goes on: what healed is in flight, what is gone is told apart, nothing is dropped."""

from __future__ import annotations

import functools
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from recon.audit.result import AuditResult, Finding
from recon.audit.run import audit
from recon.cli._common import read_settings
from recon.config.settings import Settings
from recon.report import load, write_all
from recon.report.terminal import lines
from recon.sandbox.merchant.stage import Stage
from recon.snapshot import again, run

MISSING, TOTAL, CLAIMED = "order.missing_in_salesforce", "order.total_drift", "order.missing_in_shop"
PERSON, LEVEL = "customer.missing_in_salesforce", "inventory.missing_level"
GID = "gid://shopify/"


@dataclass
class Place:
    """A merchant that is served, its snapshot, and what one look finds in it."""

    stage: Stage
    settings: Settings
    snapshot: Path
    first: AuditResult

    def workspace(self, name: str, **changes: Any) -> tuple[Settings, Path]:
        """A state folder of its own with a copy of the snapshot, as if it had just been read."""
        limits = self.settings.audit.model_copy(update=changes)
        settings = self.settings.model_copy(update={"state": Path(name), "audit": limits})
        shutil.rmtree(settings.state_dir, ignore_errors=True)
        folder = settings.state_dir / "snapshots" / self.snapshot.name
        shutil.copytree(self.snapshot, folder)
        return settings, folder

    def twice(self, name: str, **changes: Any) -> tuple[Settings, AuditResult]:
        """Judged with a second look."""
        settings, folder = self.workspace(name, **changes)
        return settings, audit(settings, folder, look=functools.partial(again.take, settings, folder))

    def of(self, rule: str) -> list[Finding]:
        """What the first look found."""
        return [one for one in self.first.findings if one.rule == rule]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with Stage(tmp_path_factory.mktemp("second") / "demo", orders=420) as stage:
        stage.shop.bulk.polls = 1
        settings = read_settings(stage.config)
        taken = run.take(settings, sleep=lambda seconds: None)
        yield Place(stage, settings, taken.folder, audit(settings, taken.folder))


@pytest.fixture(scope="module")
def lived(place: Place) -> dict[str, list[Finding]]:
    """What happens behind the back of the audit: outcome → findings of the first look that end so."""
    org, shop = place.stage.org, place.stage.shop
    arrived, deleted = place.of(MISSING)[:2]
    org.load("Order", [order_of(place, arrived)])
    shop.delete("orders", f"{GID}Order/{deleted.record_id}")
    corrected, binned, purged = place.of(TOTAL)[:3]
    org.change("Order", str(corrected.salesforce_id), {f"Shop_{name}__c": value for name, value in totals_of(corrected).items()})
    org.put_into_bin("Order", str(binned.salesforce_id))
    org.purge("Order", str(purged.salesforce_id))
    late = place.of(TOTAL)[3]
    shop.index_lag = True  # lists go on showing what they showed to the first look; only a read by id sees it
    shop.update("orders", f"{GID}Order/{late.record_id}", amounts_of(place, late))
    address = place.of("customer.email_drift")[0]
    master = next(row["Id"] for row in org.rows("Account") if row["Id"] != address.salesforce_id and not row["IsDeleted"])
    org.merge("Account", master, [str(address.salesforce_id)])
    person = place.of(PERSON)[0]
    shop.merge_customers(f"{GID}Customer/{person.record_id}", survivor_of(place, person))
    stocked = place.of(LEVEL)[0]
    org.load("ProductItem", [level_of(place, stocked)])
    return {
        "in_flight": [arrived, corrected, stocked, late],
        "deleted": [deleted, binned],
        "gone": [purged],
        "merged": [address, person],
    }


def order_of(place: Place, finding: Finding) -> dict[str, Any]:
    account = next(row["Id"] for row in place.stage.org.rows("Account") if not row["IsDeleted"])
    return {
        "AccountId": account, "Status": "Draft", "EffectiveDate": "2026-11-01", "Shopify_Order_Id__c": finding.record_id,
        "Shopify_Order_Number__c": finding.label, "Shop_Total__c": finding.amount, "CurrencyIsoCode": finding.currency,
    }  # fmt: skip


def level_of(place: Place, finding: Finding) -> dict[str, Any]:
    ((_, product),) = [(one.system, one.record_id) for one in finding.related]
    location = next(row["Id"] for row in place.stage.org.rows("Location") if row["Name"] == finding.evidence["location"])
    return {"Product2Id": product, "LocationId": location, "QuantityOnHand": finding.diff[0].shop, "QuantityUnitOfMeasure": "Each"}


def totals_of(finding: Finding) -> dict[str, str | None]:
    """What the shop says of the fields that differ, under the names of the org."""
    return {"_".join(word.capitalize() for word in entry.field.split("_")): entry.shop for entry in finding.diff}


def amounts_of(place: Place, finding: Finding) -> dict[str, Any]:
    """What Salesforce says of the totals that differ, as the shop writes them."""
    known = place.stage.shop.get(f"{GID}Order/{finding.record_id}") or {}
    names = {"total": "originalTotalPriceSet", "current_total": "currentTotalPriceSet"}
    held = {names[entry.field]: entry.salesforce for entry in finding.diff if entry.field in names}
    return {name: {**known[name], "shopMoney": {**known[name]["shopMoney"], "amount": amount}} for name, amount in held.items()}


def survivor_of(place: Place, finding: Finding) -> str:
    known = {one.record_id for one in place.first.findings}
    numbers = (one.record_id for one in place.first.findings if one.rule == "customer.consent_drift")
    return f"{GID}Customer/{next(number for number in numbers if number and number != finding.record_id and number in known)}"


@pytest.fixture(scope="module")
def second(place: Place, lived: dict[str, list[Finding]]) -> tuple[Settings, AuditResult]:
    return place.twice("second")


def test_what_healed_is_in_flight_and_what_is_gone_is_told_apart(
    lived: dict[str, list[Finding]], second: tuple[Settings, AuditResult]
) -> None:
    look = second[1].second_look
    assert look is not None and look.state == "done", look and look.reasons
    ended = {one.finding_id: one.detail or one.outcome for one in look.passed}
    for what, findings in lived.items():
        assert {ended.get(one.finding_id) for one in findings} == {what}, what
    assert look.in_flight == sum(one.outcome == "in_flight" for one in look.passed) >= 2
    assert set(look.gone) == {"deleted", "gone", "merged"}
    assert look.once == {}


def test_nothing_is_dropped_and_nothing_else_changed(place: Place, second: tuple[Settings, AuditResult]) -> None:
    result = second[1]
    look = result.second_look
    assert look is not None
    reported = {one.finding_id for one in result.findings}
    passed = {one.finding_id for one in look.passed}
    assert reported | passed == {one.finding_id for one in place.first.findings}
    assert not reported & passed
    assert look.confirmed == sum("second_look" in one.evidence for one in result.findings)
    rechecked = {rule.id for rule in result.rules if rule.recheck}
    assert all((one.rule in rechecked) == (one.evidence.get("second_look", "").startswith("confirmed")) for one in result.findings)
    by_rule = Counter(one.rule for one in look.passed)
    assert {rule.id: rule.in_flight + rule.gone for rule in result.rules if rule.in_flight + rule.gone} == by_rule
    assert [rule.checked for rule in result.rules] == [rule.checked for rule in place.first.rules]


def test_a_confirmed_finding_says_what_the_other_side_answered(second: tuple[Settings, AuditResult]) -> None:
    notes = Counter(one.evidence["second_look"] for one in second[1].findings if one.rule in {MISSING, CLAIMED})
    assert notes["confirmed; salesforce was asked by id: the record was deleted."] >= 1, "an order that lies in the recycle bin"
    assert notes["confirmed; salesforce was asked by id: there is no such record."] >= 3
    assert notes["confirmed; shop was asked by id: the record was deleted."] >= 3


def test_terminal_and_report_say_so_and_the_same_run_gives_the_same_bytes(second: tuple[Settings, AuditResult]) -> None:
    settings, result = second
    said = "\n".join(lines(load(settings, result.run.id)[1]))
    assert "In flight: " in said and "Ended meanwhile: " in said and "deleted" in said and "merged" in said
    page = write_all(settings, result.run.id)
    text = page.read_text(encoding="utf-8")
    assert "Second look" in text and "In flight: " in text
    before = [path.read_bytes() for path in sorted(page.parent.iterdir())]
    write_all(settings, result.run.id)
    assert [path.read_bytes() for path in sorted(page.parent.iterdir())] == before


def test_judged_again_without_asking_anybody_the_answers_on_disk_count(second: tuple[Settings, AuditResult]) -> None:
    settings, result = second
    folder = settings.state_dir / "snapshots" / result.run.snapshot_ids[0]
    later = audit(settings, folder)
    assert later.second_look is not None and result.second_look is not None
    assert later.second_look.passed == result.second_look.passed
    assert [(one.finding_id, one.evidence) for one in later.findings] == [(one.finding_id, one.evidence) for one in result.findings]


@pytest.mark.parametrize(("changes", "word"), [({"recheck_limit": 6}, "budget"), ({"recheck_calls": 1}, "budget")])
def test_what_is_beyond_the_budget_is_reported_and_says_so(
    place: Place, lived: dict[str, list[Finding]], changes: dict[str, int], word: str
) -> None:
    _, result = place.twice("budget", **changes)
    look = result.second_look
    assert look is not None and look.state == "partly"
    assert look.once[word] > 10
    once = [one for one in result.findings if one.evidence.get("second_look", "").startswith("not looked at twice: ")]
    assert len(once) == sum(look.once.values())
    passed = {one.finding_id for one in look.passed}
    assert {one.finding_id for one in result.findings} | passed == {one.finding_id for one in place.first.findings}
    if "recheck_limit" in changes:
        looked = [one.severity for one in result.findings if one.evidence.get("second_look") and one not in once]
        assert set(looked) <= {"critical"}, "the worst come first"


def test_switched_off_everything_is_reported(place: Place) -> None:
    _, result = place.twice("off", recheck_limit=0)
    look = result.second_look
    assert look is not None
    assert (look.state, look.reason) == ("none", "audit.recheck_limit is 0, so no system was asked a second time.")
    assert len(result.findings) == len(place.first.findings)


def test_a_second_look_never_writes(place: Place, second: tuple[Settings, AuditResult]) -> None:
    assert [effect for effect in place.stage.org.effects() if effect["request_id"]] == []
    kinds = {(operation["kind"], tuple(operation["fields"])) for operation in place.stage.shop.operations()}
    assert {field for kind, fields in kinds if kind == "mutation" for field in fields} <= {"bulkOperationRunQuery"}


def test_a_system_that_fails_meanwhile_costs_no_finding(
    place: Place, lived: dict[str, list[Finding]], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, folder = place.workspace("failing")
    systems = {**settings.systems, "salesforce": settings.systems["salesforce"].model_copy(update={"url": "https://localhost:9"})}
    down = settings.model_copy(update={"systems": systems, "limits": settings.limits.model_copy(update={"attempts": 1})})
    result = audit(settings, folder, look=functools.partial(again.take, down, folder))
    look = result.second_look
    assert look is not None and look.state == "partly"
    assert set(look.once) == {"failed"} and any("salesforce" in reason for reason in look.reasons)
    assert {one.outcome for one in look.passed} <= {"gone"}, "nobody can say that it healed"
    passed = {one.finding_id for one in look.passed}
    assert {one.finding_id for one in result.findings} | passed == {one.finding_id for one in place.first.findings}


def test_a_snapshot_made_by_hand_is_judged_by_one_look(merchant: Any, outcome: Callable[..., Any]) -> None:
    result = merchant.audit(merchant.shop(merchant.order(1), merchant.order(2)), merchant.org(merchant.copy(1)))
    assert outcome(result, MISSING).counts.open == 1
    look = result.second_look
    assert (look.state, look.reason) == ("none", "No system was asked a second time: the snapshot was judged as it is.")
    assert result.run.exit_code == merchant.audit(merchant.shop(merchant.order(2)), merchant.org()).run.exit_code
