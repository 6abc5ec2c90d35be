"""The demo end to end: stand-ins over HTTPS, the real pipeline, and exactly the planted faults."""

from __future__ import annotations

import json
import os
import shutil
import signal
import stat
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from planted import SIGNATURES, named_first

from recon.audit import history
from recon.cli import run
from recon.errors import LockedError, UsageError
from recon.sandbox.control import RequestLog
from recon.sandbox.merchant import truth
from recon.sandbox.merchant.stage import Stage
from recon.sandbox.salesforce import Org
from recon.sandbox.shopify import Shop

ORDERS = "450"


@pytest.fixture(scope="module")
def demo(tmp_path_factory) -> dict:
    """One demo, run twice in the same workspace."""
    workspace = tmp_path_factory.mktemp("demo") / "shop"
    first = run(["demo", "--workspace", str(workspace), "--orders", ORDERS, "--quiet"])
    one = history.load(workspace / ".recon")
    second = run(["demo", "--workspace", str(workspace), "--orders", ORDERS, "--quiet"])
    return {"workspace": workspace, "codes": (first, second), "first": one, "second": history.load(workspace / ".recon")}


def keys(result) -> Counter:
    return Counter((one.rule, one.system, one.record_id or "", one.salesforce_id or "") for one in result.findings)


def test_exactly_the_planted_faults_are_found(demo) -> None:
    planted = Counter(row.key for row in truth.read(demo["workspace"] / "truth.json") if row.outcome == truth.FOUND)
    assert keys(demo["first"]) == planted
    assert demo["codes"] == (0, 0)


def test_what_heals_while_the_audit_reads_is_in_flight(demo) -> None:
    due = {(*row.key, row.outcome) for row in truth.read(demo["workspace"] / "truth.json") if row.outcome != truth.FOUND}
    for look in (demo["first"].second_look, demo["second"].second_look):
        assert {(one.rule, one.system, one.record_id or "", one.salesforce_id or "", one.outcome) for one in look.passed} == due
        assert (look.in_flight, look.gone) == (4, {"deleted": 2})
        assert set(look.once) <= {"impossible"}, look.reasons
    assert {outcome for *_, outcome in due} == {"in_flight", "gone"}


def test_every_rule_found_something_or_has_nothing_to_look_at_in_one_shop(demo) -> None:
    planted = {row.rule for row in truth.read(demo["workspace"] / "truth.json")}
    states = {outcome.id: outcome.state for outcome in demo["first"].rules}
    assert {states[rule] for rule in planted} == {"findings"}, states
    idle = {rule for rule, state in states.items() if state == "not_applicable" or (state == "clean" and rule not in planted)}
    assert planted | idle == set(states), states


def test_the_second_run_knows_every_finding(demo) -> None:
    assert Counter(one.state for one in demo["second"].findings) == {"unchanged": len(demo["first"].findings)}
    assert demo["second"].resolved == ()


def test_root_causes_name_what_was_planted(demo) -> None:
    named = named_first(demo["workspace"], demo["second"])
    assert set(named["sync.latency"]) == {"queue_backlog"}


def test_every_service_level_is_measured(demo) -> None:
    result = demo["first"]
    (org,) = [system for system in result.systems if system.name == "salesforce"]
    assert org.quota_limit and org.quota_used and org.calls <= org.quota_used <= org.quota_limit
    assert {one.entity for one in result.updates} == {"orders", "customers", "products"}
    assert result.latency[0].by_channel and len(result.latency[0].by_hour) > 12
    failed = {one.entity: one.failed for one in result.updates}
    assert failed["orders"] > 0 and all(one.failed <= one.changed for one in result.updates)
    assert result.stock[0].levels > 100 and {one.entity: one.surplus > 0 for one in result.duplicates} == {
        "orders": True,
        "customers": True,
    }


@pytest.mark.slow
def test_in_a_merchant_of_the_usual_size_every_cause_with_a_signature_is_named_first(tmp_path: Path) -> None:
    assert run(["demo", "--workspace", str(tmp_path / "usual"), "--quiet"]) == 0
    named = named_first(tmp_path / "usual", history.load(tmp_path / "usual" / ".recon"))
    assert {rule for rule, causes in SIGNATURES.items() if named.get(rule) and set(named[rule]) <= causes} == set(SIGNATURES)


def test_a_lost_opt_out_is_critical_and_the_reverse_is_low(demo) -> None:
    causes = {row.key: row.cause for row in truth.read(demo["workspace"] / "truth.json")}
    severities = {
        causes[one.rule, one.system, one.record_id or "", one.salesforce_id or ""]: one.severity
        for one in demo["first"].findings
        if one.rule == "customer.consent_drift"
    }
    assert severities == {"unsubscribe_not_followed": "critical", "text_consent_not_followed": "critical", "subscribe_not_followed": "low"}


def test_total_drift_names_the_component(demo) -> None:
    causes = {row.key: row.cause for row in truth.read(demo["workspace"] / "truth.json")}
    explained = {
        (causes[one.rule, one.system, one.record_id or "", one.salesforce_id or ""], one.evidence.get("explained_by"))
        for one in demo["first"].findings
        if one.rule == "order.total_drift"
    }
    assert explained >= {("tax_written_net", "tax"), ("shipping_lost", "shipping"), ("discount_lost", "discount")}
    assert {why for cause, why in explained if cause == "tax_written_net"} == {"tax"}


def test_every_duplicate_names_the_other_records(demo) -> None:
    for one in demo["first"].findings:
        if one.rule == "customer.duplicate_in_salesforce":
            assert one.related and one.salesforce_id not in {other.record_id for other in one.related}
            assert one.salesforce_id < min(other.record_id for other in one.related)


def test_nothing_but_reads_was_sent(demo) -> None:
    folder = demo["workspace"] / "sandbox"
    with_shop = Shop(folder / "shop")
    assert {operation["kind"] for operation in with_shop.operations()} == {"query", "mutation"}
    names = {field for operation in with_shop.operations() if operation["kind"] == "mutation" for field in operation["fields"]}
    assert names == {"bulkOperationRunQuery"}
    with_shop.close()
    org = Org(folder / "salesforce")
    assert [effect for effect in org.effects() if effect["request_id"]] == [], "what happens in the org meanwhile comes by no request"
    org.close()
    asked = RequestLog(folder / "salesforce" / "requests.jsonl").list()
    writes = [one for one in asked if one["method"] != "GET"]
    assert asked and all(one["path"].endswith("/oauth2/token") or "/jobs/query" in one["path"] for one in writes)


def test_what_the_demo_writes_can_only_be_read_by_its_owner(demo) -> None:
    for name in ("recon.toml", "ca.pem", "truth.json", "secrets/shopify-client-secret", "secrets/salesforce-client-secret"):
        path = demo["workspace"] / name
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    for secret in (demo["workspace"] / "secrets").iterdir():
        assert secret.read_text(encoding="utf-8").strip() not in (demo["workspace"] / "recon.toml").read_text(encoding="utf-8")


def test_a_healthy_merchant_has_no_findings(tmp_path, capsys) -> None:
    assert run(["demo", "--workspace", str(tmp_path / "w"), "--orders", ORDERS, "--healthy", "--quiet"]) == 0
    lines = capsys.readouterr().out.strip().splitlines()
    assert "Nothing was planted and nothing was found." in lines[-2]
    assert Path(lines[-1]).name == "report.html" and Path(lines[-1]).is_file()
    result = history.load(tmp_path / "w" / ".recon")
    assert result.findings == ()
    assert {outcome.state for outcome in result.rules} <= {"clean", "not_applicable"}


def test_a_quiet_night_without_findings_is_silent(tmp_path, capsys) -> None:
    with Stage(tmp_path / "demo", orders=400, defects=False) as stage:
        config = ["--config", str(stage.config)]
        capsys.readouterr()
        assert run(["run", "--quiet", *config]) == 0
        assert capsys.readouterr() == ("", "")
        assert run(["run", *config]) == 0
        said = capsys.readouterr()
        assert Path(said.out.strip()).name == "report.html" and said.err


def test_a_merchant_made_anew_has_changed_nothing_since_the_one_before(demo, tmp_path) -> None:
    """Neither resumed nor compared: another seed sells the same goods at other prices."""
    workspace = tmp_path / "shop"
    shutil.copytree(demo["workspace"], workspace)
    (unfinished := workspace / ".recon" / "snapshots" / "20261123T100000Z-aaaa").mkdir()
    (unfinished / "plan.json").write_text("{}")
    assert run(["demo", "--workspace", str(workspace), "--orders", ORDERS, "--seed", "8", "--healthy", "--quiet"]) == 0
    assert len(list((workspace / ".recon" / "snapshots").iterdir())) == 1


def test_settings_that_somebody_else_wrote_are_left_alone(tmp_path) -> None:
    (tmp_path / "recon.toml").write_text("config_version = 1\n")
    with pytest.raises(UsageError, match=r"recon\.toml was not written by recon demo"):
        Stage(tmp_path, orders=450)
    assert (tmp_path / "recon.toml").read_text() == "config_version = 1\n"
    assert [path.name for path in tmp_path.iterdir()] == ["recon.toml"]


def test_a_stage_serves_again_what_lies_in_its_folder(tmp_path) -> None:
    with Stage(tmp_path, orders=450) as stage:
        before, config = stage.urls, stage.config.read_text(encoding="utf-8")
        count = stage.shop.count("orders")
    with Stage(tmp_path, rebuild=False) as stage:
        assert stage.urls == before
        assert stage.merchant is None and stage.shop.count("orders") == count
        assert stage.config.read_text(encoding="utf-8") == config


def test_a_merchant_that_was_only_half_made_is_made_again(tmp_path) -> None:
    with Stage(tmp_path, orders=450):
        pass
    (tmp_path / "sandbox" / "merchant.json").unlink()
    with Stage(tmp_path, orders=450, rebuild=False) as stage:
        assert stage.merchant is not None


def test_a_folder_is_served_once_at_a_time(tmp_path) -> None:
    with Stage(tmp_path, orders=450) as stage:
        count = stage.shop.count("orders")
        with pytest.raises(LockedError, match="recon demo or sandbox"):
            Stage(tmp_path, orders=450)
        assert stage.shop.count("orders") == count


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_recon_sandbox_serves_until_interrupted(tmp_path, signum) -> None:
    arguments = [sys.executable, "-m", "recon", "sandbox", "--workspace", str(tmp_path), "--orders", "450"]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment) as process:
        said = process.stderr.readline()
        assert "Stop with Ctrl-C" in said
        process.send_signal(signum)
        out, _ = process.communicate(timeout=30)
    assert process.returncode == 0
    ports = json.loads((tmp_path / "sandbox" / "ports.json").read_text(encoding="utf-8"))
    assert f"https://localhost:{ports['shop']}" in out and str(tmp_path / "truth.json") in out
