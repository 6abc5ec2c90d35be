from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from recon.cli import run
from recon.fix.plan import Plan, find
from recon.sandbox.merchant.stage import Stage


@dataclass(frozen=True)
class Workspace:
    """A merchant's workspace after an audit, a plan that was applied, and the audit that proved it."""

    folder: Path
    plan_id: str

    @property
    def state(self) -> Path:
        return self.folder / ".recon"

    @property
    def config(self) -> list[str]:
        return ["--config", str(self.folder / "recon.toml"), "--quiet"]

    @property
    def plan(self) -> Plan:
        return find(self.state, self.plan_id)


@pytest.fixture(scope="session")
def corrected(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    folder = tmp_path_factory.mktemp("corrected") / "w"
    with Stage(folder, orders=400) as stage:
        config = ["--config", str(stage.config), "--quiet"]
        assert run(["run", *config]) == 1
        rules = ("customer.missing_in_salesforce", "customer.email_drift", "customer.phone_drift", "customer.name_drift", "order.unlinked")
        assert run(["fix", "plan", *(part for rule in rules for part in ("--rule", rule)), *config]) == 0
        plan = find(folder / ".recon", None)
        assert run(["fix", "apply", plan.id, "--confirm", "--max-rows", "5000", *config]) in {0, 4}
        for form in ("xlsx", "parquet", "ndjson", "junit", "markdown"):
            assert run(["report", "--format", form, "--show-pii", *config]) == 0
        assert run(["fix", "show", "--html", plan.id, *config]) == 0
    return Workspace(folder, plan.id)


@pytest.fixture(scope="module")
def copied(corrected: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Workspace]:
    """A workspace of one's own; settings name files of the first one, which are only read."""

    def copy() -> Workspace:
        folder = tmp_path_factory.mktemp("copied") / "w"
        shutil.copytree(corrected.folder, folder, ignore=lambda _, names: [name for name in names if name == "sandbox"])
        return Workspace(folder, corrected.plan_id)

    return copy


@pytest.fixture(scope="session")
def values(corrected: Workspace) -> Callable[[str], Any]:
    """Rows of a query on the first snapshot."""
    from recon.warehouse.engine import connect

    first = min(corrected.state.glob("snapshots/*/warehouse.duckdb"))

    def ask(sql: str) -> list[Any]:
        with connect(first) as con:
            return con.execute(sql).fetchall()

    return ask
