"""An audit whose database waits for itself ends with a sentence instead of never."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import duckdb
import pytest
from waiting import FOR_EVER

from recon.audit import causes, history, judge, metrics
from recon.errors import ExitCode, StandstillError
from recon.warehouse import standstill
from recon.warehouse.engine import connect

Order = Callable[..., dict[str, Any]]


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch, workspace: Any) -> None:
    monkeypatch.setattr(standstill, "PATIENCE", 1)
    workspace.only("order.missing_in_salesforce")


def test_a_service_level_that_waits_for_itself_ends_the_run_without_a_verdict(
    workspace: Any, order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = workspace.snapshot({"orders": [order("1")]})
    with monkeypatch.context() as patch, pytest.raises(StandstillError) as raised:
        patch.setattr(metrics, "_text", lambda name: FOR_EVER)
        workspace.audit(folder=folder)
    assert "while the service level match_methods was worked out, and was stopped." in raised.value.message
    assert raised.value.exit_code == ExitCode.NO_VERDICT
    assert history.runs(workspace.settings.state_dir) == []
    assert not (workspace.settings.state_dir / "judging").exists()
    assert workspace.audit(folder=folder).verdict.outcome == "problems", "the next run finds nothing in its way"


def test_causes_that_wait_for_themselves_take_no_finding_away(workspace: Any, order: Order, monkeypatch: pytest.MonkeyPatch) -> None:
    def wait(bench: Any, *_: Any) -> None:
        bench.rows(FOR_EVER)

    monkeypatch.setattr(causes, "look", wait)
    result = workspace.audit({"orders": [order("1")]})
    assert result.verdict.outcome == "problems"
    assert [note for note in result.run.notes if note.startswith("Root causes were not looked for. The database did nothing for 1 seconds")]


def test_a_limit_that_is_over_between_two_statements_holds_for_the_next_one() -> None:
    with connect(None, locked=False) as con, pytest.raises(duckdb.InterruptException), judge._time_limit(con, 0.1):
        time.sleep(0.3)
        con.execute(FOR_EVER)


def test_a_run_that_cannot_be_stored_is_not_in_the_history(workspace: Any, order: Order, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace.audit({"orders": [order("1")]})
    before = history.runs(workspace.settings.state_dir)
    with monkeypatch.context() as patch, pytest.raises(StandstillError, match=r"was stored in history\.duckdb, and was stopped"):
        patch.setattr(history, "_UNKNOWN", f"create temp table unknown as select $run as run, f.* from ({FOR_EVER}) as f")
        workspace.audit({"orders": [order("1")]})
    assert history.runs(workspace.settings.state_dir) == before
    assert workspace.audit({"orders": [order("1")]}).totals[0].counts.unchanged == 1
