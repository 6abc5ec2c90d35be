"""Kills at every point, answers that get lost or lie: nothing lost, nothing twice, nothing unknown, nothing unplanned."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from fix_checker import Effect, broken
from fix_harness import ANSWERS, KILLS, SERVER_KILL

from recon.fix.journal import read, standings
from recon.fix.plan import folder_of

SEEDS = int(os.environ.get("FIX_SEEDS", "50"))
"""Kills at each named point"""
LIES = 6
"""Runs of every other fault"""

CORE = (
    "apply.after_check", "apply.before_intent", "apply.after_intent", "apply.before_send", SERVER_KILL, "apply.after_answer",
    "apply.after_outcome", "apply.after_reading", "apply.job_created", "apply.job_uploaded", "apply.job_closed", "apply.before_end",
)  # fmt: skip
"""The twelve points at which a write is under way"""
OTHERS = tuple(name for name in KILLS if name not in CORE)


@pytest.fixture(scope="module")
def matrix(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> dict[str, Any]:
    """The whole matrix in one process without threads; see tests/lib/fix_harness.py."""
    found: dict[str, Any] = {}
    # What a killed process has written is there whether or not it has reached a disk: memory saves the waiting for thousands of fsyncs.
    memory = Path("/dev/shm")
    place = memory if os.access(memory, os.W_OK) else tmp_path_factory.mktemp("matrix")
    for names, seeds in ((CORE, SEEDS), (OTHERS, LIES), (tuple(ANSWERS), LIES)):
        folder = Path(tempfile.mkdtemp(prefix="recon-matrix-", dir=place))
        request.addfinalizer(lambda folder=folder: shutil.rmtree(folder, ignore_errors=True))
        lib = Path(__file__).parent.parent / "lib"
        ran = subprocess.run(
            [sys.executable, str(lib / "fix_harness.py"), str(folder), str(seeds), *names], capture_output=True, text=True, check=False,
            env={**os.environ, "PYTHONPATH": str(lib)}, timeout=1800,
        )  # fmt: skip
        assert ran.returncode == 0, ran.stderr[-2000:]
        found.update(json.loads(ran.stdout))
    return found


@pytest.mark.fault("salesforce", 15)
@pytest.mark.parametrize("name", [*KILLS, SERVER_KILL])
def test_killed_anywhere_a_plan_ends_as_if_nothing_had_been(matrix: dict[str, Any], name: str) -> None:
    assert matrix[name]["broken"] == {}
    assert matrix[name]["struck"] > 0 or name in {"apply.unclear", "apply.after_settling"}


@pytest.mark.fault("salesforce", 16, 18, 19, 20)
@pytest.mark.parametrize("name", list(ANSWERS))
def test_answers_that_get_lost_or_lie_change_nothing(matrix: dict[str, Any], name: str) -> None:
    assert matrix[name]["broken"] == {}


# -- the checker itself -------------------------------------------------------------------------------------------------------


_SEEDS = count(1000)


@pytest.fixture
def history(bench: Any) -> dict[str, Any]:
    """A plan that went well, as the checker sees it."""
    start, plan = bench.witness.number(), bench.plan(next(_SEEDS), updates=3, chains=1)
    bench.apply(plan)
    return {"plan": plan, "entries": bench.entries(plan), "effects": bench.witness.effects(start), "state": bench.witness.state()}


def judged(history: dict[str, Any], **changed: Any) -> list[str]:
    return broken(**{**history, **changed})


def test_the_checker_is_content_with_a_good_history(history: dict[str, Any]) -> None:
    assert judged(history) == []


def test_the_checker_sees_a_write_that_came_twice(history: dict[str, Any]) -> None:
    assert any("written 2 times" in said for said in judged(history, effects=[*history["effects"], history["effects"][0]]))


def test_the_checker_sees_a_write_that_nobody_planned(history: dict[str, Any]) -> None:
    user = history["plan"].user_id
    for stranger in (Effect(user, "Order", "8010000000000000AA", "update", {"Total__c": "1"}), Effect(user, "Case", "500", "create", {})):
        assert any("was not planned" in said for said in judged(history, effects=[*history["effects"], stranger]))
    first = history["effects"][0]
    other = Effect(first.user_id, first.object, first.id, first.operation, {**first.after, "Description": "more"})
    assert any("was not planned" in said for said in judged(history, effects=[other, *history["effects"][1:]]))


def test_the_checker_sees_a_write_that_was_lost(history: dict[str, Any]) -> None:
    assert any("knows nothing of it" in said for said in judged(history, effects=history["effects"][1:]))


def test_the_checker_sees_a_missing_intent(history: dict[str, Any]) -> None:
    entries = [entry for entry in history["entries"] if entry["event"] != "intent"]
    assert any("without an intent" in said for said in judged(history, entries=entries))


def test_the_checker_sees_what_is_unknown_or_open(history: dict[str, Any]) -> None:
    cut = next(place for place, entry in enumerate(history["entries"]) if entry["event"] == "outcome")
    said = judged(history, entries=history["entries"][:cut])
    assert any("is unknown" in one for one in said) and any("left open" in one for one in said)


def test_the_checker_sees_another_final_value(history: dict[str, Any]) -> None:
    change = next(one for one in history["plan"].changes if one.record_id)
    state = dict(history["state"])
    state["Order", change.record_id] = {**state["Order", change.record_id], "Total__c": "0.01"}
    assert any("holds another value" in said for said in judged(history, state=state))


def test_the_checker_sees_a_journal_that_denies(history: dict[str, Any]) -> None:
    entries = [
        {**entry, "result": "failed"} if entry["event"] == "outcome" else entry for entry in history["entries"] if entry["event"] != "after"
    ]
    assert any("the journal says failed" in said for said in judged(history, entries=entries))


# -- the journal ------------------------------------------------------------------------------------------------------------------


def test_a_line_that_a_crash_cut_is_never_read_and_the_next_run_goes_on(bench: Any) -> None:
    start, plan = bench.witness.number(), bench.plan(41, updates=4, chains=0)
    bench.apply(plan)
    path = folder_of(bench.settings.state_dir, plan.id) / "journal.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    last = max(place for place, line in enumerate(lines) if b'"intent"' in line)
    path.write_bytes(b"".join(lines[: last + 1]) + lines[last + 1][:25])  # the outcome of the last request was being written
    assert "unknown" in bench.results(plan).values()
    assert bench.apply(plan, resume=True).complete
    assert bench.broken(plan, start) == []
    assert all(
        one.by == "lookup"
        for one in standings(plan, read(path)).values()
        if one.request == standings(plan, read(path))[plan.changes[-1].id].request
    )
