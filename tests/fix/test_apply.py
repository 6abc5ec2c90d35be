"""Plans carried out against an org over HTTPS: what is written, what is skipped, what stops, and what is left behind."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fix_org import plan_of

from recon.errors import LockedError, PlanError, QuotaError
from recon.fix.plan import canonical, folder_of, load, sealed
from recon.fix.session import carry_out, revert_of
from recon.sandbox.salesforce import Org
from recon.snapshot.lock import WorkspaceLock


def test_a_plan_is_written_once_in_order_and_nothing_else(bench: Any) -> None:
    start, plan = bench.witness.number(), bench.plan(1)
    outcome = bench.apply(plan)
    assert outcome.complete and set(bench.results(plan).values()) == {"done"}
    assert bench.broken(plan, start) == []
    order = next(change for change in plan.changes if change.made_by)
    held = bench.witness.state("Order")["Order", outcome.standings[order.made_by].record_id]
    assert held["Status"] == "Activated"


def test_intent_is_on_the_disk_before_a_request_and_the_outcome_after(bench: Any) -> None:
    plan = bench.plan(2, updates=4, chains=0)
    bench.apply(plan)
    events = [entry["event"] for entry in bench.entries(plan)]
    assert events[0] == "begin" and events[-1] == "end"
    assert events.index("intent") < events.index("outcome") < events.index("after")
    assert [entry["n"] for entry in bench.entries(plan)] == list(range(1, len(events) + 1))
    path = folder_of(bench.settings.state_dir, plan.id) / "journal.jsonl"
    assert path.stat().st_mode & 0o777 == 0o600


def test_what_moved_since_the_plan_is_skipped_and_the_rest_is_written(bench: Any) -> None:
    start, plan = bench.witness.number(), bench.plan(3, updates=4, chains=0)
    touched, other = plan.changes[0], plan.changes[1]
    bench.org.change("Order", touched.record_id, {"Total__c": "77"})
    bench.org.change("Order", other.record_id, {"Note__c": "seen"})  # another field, but the record moved
    outcome = bench.apply(plan)
    assert not outcome.complete
    assert [bench.results(plan)[change.id] for change in (touched, other)] == ["skipped", "skipped"]
    assert outcome.count("done") == len(plan.changes) - 2
    assert bench.broken(plan, start) == []
    assert bench.witness.state("Order")["Order", touched.record_id]["Total__c"] == "77"


def test_values_that_are_there_already_are_not_written_again(bench: Any) -> None:
    start, plan = bench.witness.number(), bench.plan(4, updates=3, chains=0)
    first = plan.changes[0]
    bench.org.change("Order", first.record_id, {"Total__c": first.fields[0].after})
    outcome = bench.apply(plan)
    assert outcome.complete and bench.results(plan)[first.id] == "already"
    assert bench.broken(plan, start) == []


def test_a_new_record_that_somebody_else_made_meanwhile_is_left_alone_with_all_that_hangs_on_it(bench: Any) -> None:
    start, plan = bench.witness.number(), bench.plan(5, updates=2, chains=1)
    account = next(change for change in plan.changes if change.object == "Account")
    key = next(one.after for one in account.fields if one.field == "Shop_Customer__c")
    bench.org.load("Account", [{"Name": "Theirs", "Shop_Customer__c": key}])
    bench.apply(plan)
    results = bench.results(plan)
    assert {results[change.id] for change in plan.changes if change.action == "insert" or change.made_by} == {"skipped"}
    assert bench.witness.one("Account", "Shop_Customer__c", key)["Name"] == "Theirs"
    assert bench.broken(plan, start) == []


@pytest.mark.fault("salesforce", 17)
def test_refused_rows_are_told_by_name_and_do_not_stop_the_others(bench: Any) -> None:
    plan = bench.plan(6, updates=8, chains=0)
    refused = plan.changes[-1]
    bench.faults.on(str(refused.record_id), "row_error", code="FIELD_CUSTOM_VALIDATION_EXCEPTION", message="Ask sales first.")
    outcome = bench.apply(plan)
    assert outcome.count("failed") == 1 and outcome.count("done") == len(plan.changes) - 1
    folder = folder_of(bench.settings.state_dir, plan.id) / "results"
    with (folder / "error-update-Order.csv").open(newline="") as file:
        (row,) = csv.DictReader(file)
    assert row["ID"] == refused.record_id and row["ERROR"] == "FIELD_CUSTOM_VALIDATION_EXCEPTION: Ask sales first."
    with (folder / "success-update-Order.csv").open(newline="") as file:
        assert {row["STATUS"] for row in csv.DictReader(file)} == {"Item Updated"}


@pytest.mark.fault("salesforce", 16)
def test_a_new_record_whose_request_arrives_late_is_made_once_and_known_as_ours(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody answers, nothing is there when it is looked for, and while it is sent again the first request is carried out after all."""
    from recon.fix.door import Door, Unclear

    start, plan, sent = bench.witness.number(), bench.plan(70, updates=0, chains=2), Door.write
    under_way: list[tuple[Any, ...]] = []

    def late(self: Door, verb: str, name: str, rows: Any) -> Any:
        if (verb, name) == ("insert", "Account") and not under_way:
            under_way.append((verb, name, rows))
            raise Unclear("no answer")
        if under_way and verb == "insert" and name == "Account":
            sent(self, *under_way[0])
        return sent(self, verb, name, rows)

    monkeypatch.setattr(Door, "write", late)
    outcome = bench.apply(plan)
    assert outcome.complete and bench.broken(plan, start) == []
    assert {outcome.standings[change.id].by for change in plan.changes if change.object == "Account"} == {"lookup"}


def test_a_request_without_an_answer_is_given_time_before_it_is_looked_up(bench: Any) -> None:
    settings = bench.settings.model_copy(update={"fix": bench.settings.fix.model_copy(update={"settle_seconds": 45})})
    start, plan = bench.witness.number(), bench.plan(71, updates=2, chains=0)
    bench.faults.on(r"PATCH \S+/composite/sobjects$", "lost_answer")
    assert carry_out(settings, plan, sleep=bench.slept.append).complete
    assert 40 < max(bench.slept) <= 45
    assert bench.broken(plan, start) == []


def test_only_locks_are_tried_again_with_growing_waits(bench: Any) -> None:
    start, plan = bench.witness.number(), bench.plan(7, updates=4, chains=0)
    bench.faults.on(str(plan.changes[0].record_id), "row_lock", times=3)
    assert bench.apply(plan).complete
    assert [round(wait) for wait in bench.slept][:3] == [1, 4, 16] or all(a < b for a, b in zip(bench.slept, bench.slept[1:], strict=False))
    assert bench.broken(plan, start) == []


def test_writing_stops_when_most_of_the_first_records_are_refused(bench: Any) -> None:
    plan = bench.plan(8, updates=12, chains=0)
    bench.faults.on("update Order", "row_error", times=None)
    outcome = bench.apply(plan)
    assert "most of the first 3 records were refused" in outcome.reason
    assert outcome.count("failed") == 3 and outcome.count("planned") == len(plan.changes) - 3


def test_writing_stops_when_a_flow_writes_something_else(bench: Any) -> None:
    plan = bench.plan(9, updates=12, chains=0)
    first = plan.changes[0]
    bench.faults.on("PATCH", "record_changed", object="Order", id=first.record_id, fields={"Total__c": "1.11"})
    outcome = bench.apply(plan)
    assert "do not hold what was written" in outcome.reason and outcome.count("planned") == len(plan.changes) - 3


def test_writing_stops_at_the_share_of_refused_records(bench: Any) -> None:
    plan = bench.plan(10, updates=20, chains=0)
    for change in plan.changes[4:8]:
        bench.faults.on(str(change.record_id), "row_error")
    settings = bench.settings.model_copy(update={"fix": bench.settings.fix.model_copy(update={"canary": 3})})
    outcome = carry_out(settings, plan)
    assert outcome.count("failed") == 4 and not outcome.complete


@pytest.mark.fault("salesforce", 34)
def test_a_spent_quota_ends_with_try_later_and_is_gone_on_with(bench: Any) -> None:
    start, plan = bench.witness.number(), bench.plan(11, updates=6, chains=1)
    bench.faults.on(r"(POST|PATCH) \S+/composite/sobjects", "daily_limit", after=1)
    outcome = bench.apply(plan)
    assert isinstance(outcome.error, QuotaError) and outcome.error.exit_code == 75
    assert bench.broken(plan, start, ended=False) == []
    assert bench.apply(plan, resume=True).complete
    assert bench.broken(plan, start) == []


def test_headers_go_along_also_after_the_token_was_renewed(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[str, str | None, str | None]] = []
    from recon.systems.http import Http

    send = Http.send

    def watched(self: Http, request: Any, **options: Any) -> Any:
        if request.method in {"PATCH", "POST"} and "composite/sobjects" in request.url:
            seen.append((request.method, request.headers.get("Sforce-Auto-Assign"), request.headers.get("Sforce-Duplicate-Rule-Header")))
        return send(self, request, **options)

    monkeypatch.setattr(Http, "send", watched)
    settings = bench.settings.model_copy(update={"fix": bench.settings.fix.model_copy(update={"allow_duplicates": True})})
    plan = bench.plan(12, updates=2, chains=0)
    bench.faults.on("PATCH", "expire_token")
    assert carry_out(settings, plan).complete
    assert len(seen) == 2 and {one[1] for one in seen} == {"FALSE"} and all("allowSave=true" in str(one[2]) for one in seen)


@pytest.mark.fault("salesforce", 31)
@pytest.mark.parametrize("signals", [1, 2])
def test_an_interrupt_lets_the_request_end_and_a_second_ends_at_once(bench: Any, monkeypatch: pytest.MonkeyPatch, signals: int) -> None:
    from recon.fix.door import Door

    start, plan, sent = bench.witness.number(), bench.plan(60 + signals, updates=8, chains=0), Door.write

    def interrupted(self: Door, *what: Any) -> Any:
        found = sent(self, *what)
        monkeypatch.setattr(Door, "write", sent)
        for _ in range(signals):
            signal.raise_signal(signal.SIGINT)
        return found

    monkeypatch.setattr(Door, "write", interrupted)
    if signals == 1:
        outcome = bench.apply(plan)
        assert outcome.reason == "interrupted" and outcome.count("done") == 3 and outcome.count("unknown") == 0
    else:
        with pytest.raises(KeyboardInterrupt):
            bench.apply(plan)
        assert "unknown" in bench.results(plan).values()
    assert bench.apply(plan, resume=True).complete
    assert bench.broken(plan, start) == []


def test_many_at_once_never_hold_the_org_together(tmp_path: Path) -> None:
    """A hundred attempts of eight processes each: who holds the lock finds nobody else inside."""
    script = tmp_path / "soak.py"
    script.write_text(SOAK, encoding="utf-8")
    ran = subprocess.run([sys.executable, str(script), str(tmp_path)], capture_output=True, text=True, timeout=120, check=False)
    assert ran.returncode == 0 and ran.stderr == ""
    held, together = json.loads(ran.stdout)
    assert together == 0 and held >= 8


SOAK = """
import json, os, sys, time
from pathlib import Path
from recon.errors import LockedError
from recon.snapshot.lock import WorkspaceLock

folder = Path(sys.argv[1])
children = []
for _ in range(8):
    pid = os.fork()
    if pid:
        children.append(pid)
        continue
    held = together = 0
    for _ in range(100):
        try:
            with WorkspaceLock(folder / "org", "soak"):
                held += 1
                try:
                    (folder / "inside").touch(exist_ok=False)
                except FileExistsError:
                    together += 1
                else:
                    time.sleep(0.0005)
                    (folder / "inside").unlink()
        except LockedError:
            time.sleep(0.0005)
    (folder / f"found-{os.getpid()}").write_text(json.dumps([held, together]))
    os._exit(0)
for pid in children:
    os.waitpid(pid, 0)
found = [json.loads(path.read_text()) for path in folder.glob("found-*")]
print(json.dumps([sum(one[0] for one in found), sum(one[1] for one in found)]))
"""


# -- guards ---------------------------------------------------------------------------------------------------------------


def again(plan: Any, **changed: Any) -> Any:
    """The plan sealed anew with other facts."""
    return sealed(**{**plan.model_dump(exclude={"id", "digest", "format"}), **changed})


@pytest.mark.fault("salesforce", 36)
@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"org_id": "00D7Q0000000002UAA"}, "for the org"),
        ({"user_id": "0057Q0000000099QAA"}, "another user"),
        ({"mapping_digest": "0" * 16}, "mapping"),
        ({"rules_digest": "0" * 16}, "[Rr]ules"),
        ({"data_as_of": datetime.now(UTC) - timedelta(hours=25)}, "hours old"),
        ({"system": "elsewhere"}, "elsewhere"),
    ],
)
def test_a_plan_that_does_not_fit_any_more_is_refused_before_anything_is_sent(bench: Any, changed: dict[str, Any], said: str) -> None:
    start = bench.witness.number()
    with pytest.raises(PlanError, match=said) as caught:
        bench.apply(again(bench.plan(20, updates=2, chains=0), **changed))
    assert caught.value.exit_code == 4 and bench.witness.number() == start


def test_a_production_org_must_be_named(bench: Any) -> None:
    org = bench.settings.systems["salesforce"].model_copy(update={"org_id": None})
    settings = bench.settings.model_copy(update={"systems": {"salesforce": org}})
    with pytest.raises(PlanError, match="production org"):
        carry_out(settings, bench.plan(21, updates=1, chains=0))


def test_fields_off_the_list_are_refused_also_in_a_sealed_plan(bench: Any) -> None:
    start, plan = bench.witness.number(), bench.plan(22, updates=1, chains=0)
    change = plan.changes[0]
    field = change.fields[0].model_copy(update={"field": "Description", "type": "textarea", "before": None, "after": "hello"})
    with pytest.raises(PlanError, match="Description is not on the list"):
        bench.apply(again(plan, changes=(change.model_copy(update={"fields": (field,)}),)))
    assert bench.witness.number() == start


def test_deletes_are_for_what_we_inserted(bench: Any) -> None:
    plan = bench.plan(23, updates=1, chains=0)
    change = plan.changes[0].model_copy(update={"action": "delete"})
    with pytest.raises(PlanError, match="delete records that no plan"):
        bench.apply(again(plan, kind="revert", changes=(change,)))


def test_too_many_changes_need_a_word(bench: Any) -> None:
    plan = bench.plan(24, updates=5, chains=0)
    with pytest.raises(PlanError, match="--max-rows 5"):
        bench.apply(plan, max_rows=4)


def test_a_plan_that_was_touched_is_refused(bench: Any, tmp_path: Path) -> None:
    plan = bench.plan(25, updates=2, chains=0)
    path = folder_of(bench.settings.state_dir, plan.id) / "plan.json"
    data = json.loads(path.read_text(encoding="utf-8"))
    data["changes"][0]["fields"][0]["after"] = "1000000.00"
    path.write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(PlanError, match="digest"):
        load(path)
    path.write_text(path.read_text(encoding="utf-8")[:200], encoding="utf-8")
    with pytest.raises(PlanError, match="no JSON"):
        load(path)
    path.write_text(json.dumps({**data, "format": 2}), encoding="utf-8")
    with pytest.raises(PlanError, match="newer recon"):
        load(path)


def test_the_same_facts_give_the_same_bytes(bench: Any) -> None:
    plan = bench.plan(26, updates=3)
    assert canonical(again(plan).model_dump(mode="json")) == canonical(plan.model_dump(mode="json"))


@pytest.mark.fault("salesforce", 21)
@pytest.mark.parametrize("place", ["workspace", "org"])
def test_a_second_run_ends_at_once(bench: Any, place: str, tmp_path: Path) -> None:
    plan = bench.plan(27, updates=1, chains=0)
    folder = bench.settings.state_dir if place == "workspace" else tmp_path / f"recon-{os.getuid()}" / plan.org_id
    with WorkspaceLock(folder, "another run"), pytest.raises(LockedError) as caught:
        bench.apply(plan)
    assert caught.value.exit_code == 75 and bench.entries(plan) == []


def test_a_plan_is_begun_once(bench: Any) -> None:
    plan = bench.plan(28, updates=1, chains=0)
    with pytest.raises(PlanError, match="never begun"):
        bench.apply(plan, resume=True)
    bench.apply(plan)
    with pytest.raises(PlanError, match="begun before"):
        bench.apply(plan)


# -- taking back ------------------------------------------------------------------------------------------------------------


def live(org: Org) -> dict[tuple[str, str], dict[str, Any]]:
    """Everything that is not deleted, without the stamps of writing."""
    stamps = {"SystemModstamp", "LastModifiedDate", "LastModifiedById", "ActivatedDate", "ActivatedById"}
    return {
        (name, row["Id"]): {key: value for key, value in row.items() if key not in stamps}
        for name in ("Account", "Order", "OrderItem", "Product2", "PricebookEntry")
        for row in org.rows(name)
        if not row.get("IsDeleted")
    }


def test_a_revert_brings_the_org_back(bench: Any) -> None:
    before, plan = live(bench.org), bench.plan(30)
    assert bench.apply(plan).complete and live(bench.org) != before
    start, back = bench.witness.number(), revert_of(bench.settings, plan)
    assert bench.apply(back).complete
    assert live(bench.org) == before
    assert bench.broken(back, start) == []


def test_a_revert_leaves_what_others_changed_or_use(bench: Any) -> None:
    plan = bench.plan(31, updates=3, chains=1)
    bench.apply(plan)
    updated = next(change for change in plan.changes if change.action == "update" and change.record_id)
    bench.org.change("Order", updated.record_id, {"Total__c": "5.55"})
    account = next(change for change in plan.changes if change.object == "Account")
    held = next(one for one in bench.entries(plan) if one["event"] == "outcome" and one["change"] == account.id)["record_id"]
    bench.org.load("Order", [{"AccountId": held, "EffectiveDate": "2026-11-01", "Status": "Draft"}])
    back = revert_of(bench.settings, plan)
    outcome = bench.apply(back)
    kept = {change.label: outcome.standings[change.id] for change in back.changes if outcome.standings[change.id].result == "skipped"}
    assert set(kept) == {updated.label, account.label}
    assert kept[account.label].code == "used" and bench.witness.state("Account")["Account", held]["IsDeleted"] == 0


def test_a_revert_leaves_a_record_to_which_any_lookup_of_others_leads(bench: Any) -> None:
    plan = bench.plan(32, updates=0, chains=1)
    made = bench.apply(plan).standings
    order = next(change for change in plan.changes if change.object == "Order" and change.action == "insert")
    account = next(record["AccountId"] for record in bench.witness.state("Order").values() if record["Shop_Order__c"] == "o1")
    follower = {"AccountId": account, "EffectiveDate": "2026-11-01", "Status": "Draft", "OriginalOrderId": made[order.id].record_id}
    bench.org.load("Order", [follower])
    back = revert_of(bench.settings, plan)
    outcome = bench.apply(back)
    (kept,) = [
        outcome.standings[change.id]
        for change in back.changes
        if change.record_id == made[order.id].record_id and change.action == "delete"
    ]
    assert (kept.result, kept.code) == ("skipped", "used")


def test_an_empty_plan_does_nothing_and_says_so(bench: Any) -> None:
    plan = plan_of(bench.settings, bench.witness, [])
    assert bench.apply(plan).complete


# -- rights ---------------------------------------------------------------------------------------------------------------------


def test_doctor_says_what_corrections_need(bench: Any) -> None:
    from recon.fix import rights

    found = {(check.level, check.subject) for check in rights.examine(bench.settings)}
    assert ("ok", "production") in found and ("warn", "user") in found and ("ok", "OrderItem") in found
    assert not [one for one in found if one[0] == "fail"]
    org = bench.settings.systems["salesforce"]
    for writers, level in (({"Somebody Else": ["shop"]}, "warn"), ({"integration": ["shop"]}, "ok")):
        named = org.model_copy(update={"mapping": org.mapping.model_copy(update={"writers": writers})})
        settings = bench.settings.model_copy(update={"systems": {"salesforce": named}})
        assert (level, "writers") in {(check.level, check.subject) for check in rights.examine(settings)}
    bench.org.hide("Order", "Total__c")
    try:
        unnamed = bench.settings.systems["salesforce"].model_copy(update={"org_id": None})
        settings = bench.settings.model_copy(update={"systems": {"salesforce": unnamed}})
        assert ("fail", "production") in {(check.level, check.subject) for check in rights.examine(settings)}
    finally:
        bench.org.show("Order", "Total__c")


def test_corrections_can_have_credentials_of_their_own(bench: Any) -> None:
    bench.org.add_client("other-app", "other-secret-0123456789", username="second@acme-demo.example")
    secret = bench.settings.workspace / "other"
    secret.write_text("other-secret-0123456789", encoding="utf-8")
    secret.chmod(0o600)
    own = {"client_id": "other-app", "client_secret": f"file:{secret}"}
    settings = bench.settings.model_copy(update={"fix": bench.settings.fix.model_copy(update=own)})
    with pytest.raises(PlanError, match="another user"):
        carry_out(settings, bench.plan(50, updates=1, chains=0))
