"""kill -9 at any moment of `recon run` leaves nothing that a second run does not heal."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from recon.faultpoints import NAMES
from recon.sandbox.merchant.stage import Stage

pytestmark = pytest.mark.slow

# Orders that are on their way now would count as missing minutes later; with a day of grace all runs judge the same.
SETTINGS = {"RECON_AUDIT__GRACE_MINUTES": "1440"}


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with Stage(tmp_path_factory.mktemp("kill") / "demo", orders=400) as running:
        running.shop.bulk.polls = 1
        yield running


@pytest.fixture(scope="module")
def undisturbed(stage: Stage) -> list[object]:
    """Findings of a run that nobody disturbed."""
    assert run(stage, "calm").wait(timeout=180) == 1
    return findings(stage, "calm")


def run(stage: Stage, state: str, *, full: bool = True, **environment: str) -> subprocess.Popen[bytes]:
    """`recon run` in a state folder of its own, so that each case begins with nothing."""
    with log(stage, state).open("ab") as said:
        return subprocess.Popen(
            [sys.executable, "-m", "recon", "run", *(["--full"] if full else []), "--quiet", "--config", str(stage.config)],
            env={**os.environ, **SETTINGS, "RECON_STATE": state, **environment},
            stdout=subprocess.DEVNULL,
            stderr=said,
            start_new_session=True,
        )


def log(stage: Stage, state: str) -> Path:
    """What the runs in a state folder said."""
    return stage.workspace / f"{state}.log"


def findings(stage: Stage, state: str) -> list[object]:
    shown = subprocess.run(
        [sys.executable, "-m", "recon", "findings", "--json", "--config", str(stage.config)],
        env={**os.environ, **SETTINGS, "RECON_STATE": state},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    keys = ("rule", "system", "record_id", "salesforce_id", "finding_id", "severity", "message", "diff", "amount", "currency")
    return [{key: finding[key] for key in keys} for finding in json.loads(shown.stdout)]


def heals(stage: Stage, state: str, undisturbed: list[object]) -> None:
    second = run(stage, state)
    assert second.wait(timeout=180) == 1, log(stage, state).read_text()
    assert findings(stage, state) == undisturbed
    leftovers = [path for path in (stage.workspace / state).rglob("*") if path.name.endswith((".part", ".wal", ".tmp"))]
    assert leftovers == []


@pytest.mark.parametrize("name", [name for name in NAMES if not name.startswith("apply.")])
def test_killed_at_a_named_point(stage: Stage, undisturbed: list[object], name: str) -> None:
    state = f"at-{name}"
    count = "2" if name in {"snapshot.before_frame", "snapshot.after_frame", "snapshot.after_progress"} else "1"
    first = run(stage, state, RECON_KILL_AT=f"{name}:{count}")
    assert first.wait(timeout=180) == -signal.SIGKILL, f"{name} was never reached"
    heals(stage, state, undisturbed)


def test_a_second_look_that_was_killed_is_gone_on_with(stage: Stage, undisturbed: list[object]) -> None:
    first = run(stage, "second", full=False, RECON_KILL_AT="again.before_manifest")
    assert first.wait(timeout=180) == -signal.SIGKILL
    asked = len(stage.shop.operations())
    second = run(stage, "second", full=False)
    assert second.wait(timeout=180) == 1, log(stage, "second").read_text()
    assert findings(stage, "second") == undisturbed
    assert len(list((stage.workspace / "second" / "snapshots").iterdir())) == 1, "no other snapshot was taken"
    assert len(stage.shop.operations()) - asked < 5, "what had been answered was not asked for again"


@pytest.mark.parametrize("seed", range(4))
def test_killed_at_a_random_moment(stage: Stage, undisturbed: list[object], seed: int) -> None:
    state = f"random-{seed}"
    chance = random.Random(seed)
    for _ in range(2):
        process = run(stage, state)
        time.sleep(chance.uniform(0.3, 4.0))
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(timeout=60)
    heals(stage, state, undisturbed)


def test_interrupted_politely_goes_on_where_it_stopped(stage: Stage, undisturbed: list[object]) -> None:
    process = run(stage, "polite")
    deadline = time.monotonic() + 60
    while not list((stage.workspace / "polite").glob("snapshots/*/progress/*.json")) and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=120) == 130
    assert "Traceback" not in log(stage, "polite").read_text()
    heals(stage, "polite", undisturbed)


def test_workspace_of_a_running_audit_is_locked(stage: Stage, undisturbed: list[object]) -> None:
    first = run(stage, "locked")
    deadline = time.monotonic() + 60
    while not (stage.workspace / "locked/lock").exists() or not (stage.workspace / "locked/lock").read_bytes():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    second = run(stage, "locked")
    assert second.wait(timeout=60) == 75
    assert "Another run holds this workspace" in log(stage, "locked").read_text()
    assert first.wait(timeout=180) == 1


@pytest.mark.fault("salesforce", 35)
@pytest.mark.fault("shopify", 35)
def test_journals_of_a_run_hold_no_secret(stage: Stage, undisturbed: list[object]) -> None:
    secrets = [path.read_bytes().strip() for path in (stage.workspace / "secrets").iterdir()]
    assert secrets
    for path in (stage.workspace / "calm").rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            assert not any(secret in data for secret in secrets), path


def test_shop_and_org_saw_nothing_but_reads(stage: Stage, undisturbed: list[object]) -> None:
    assert stage.org.effects() == []
    sent = {(operation["kind"], tuple(operation["fields"])) for operation in stage.shop.operations()}
    mutations = {field for kind, fields in sent if kind == "mutation" for field in fields}
    assert mutations <= {"bulkOperationRunQuery", "bulkOperationCancel"}
