from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fix_checker import broken, twins
from fix_org import Witness, make_org, plan_from, settings_for

from recon.config.settings import Settings
from recon.fix.journal import read, standings
from recon.fix.plan import Plan, folder_of, save
from recon.fix.session import carry_out
from recon.sandbox.faults import Faults
from recon.sandbox.salesforce import Org
from recon.sandbox.salesforce.app import create_app
from recon.sandbox.server import Server
from recon.sandbox.tls import Certs


@dataclass
class Bench:
    """An org, a workspace that leads to it, and what to do with plans there."""

    org: Org
    faults: Faults
    witness: Witness
    settings: Settings
    slept: list[float]

    def plan(self, seed: int = 1, **sizes: int) -> Plan:
        plan = plan_from(self.settings, self.witness, seed, **sizes)
        save(self.settings.state_dir, plan)
        return plan

    def apply(self, plan: Plan, **options: Any) -> Any:
        return carry_out(self.settings, plan, sleep=self.slept.append, **options)

    def entries(self, plan: Plan) -> list[dict[str, Any]]:
        return read(folder_of(self.settings.state_dir, plan.id) / "journal.jsonl")

    def results(self, plan: Plan) -> dict[str, str]:
        return {change: one.result for change, one in standings(plan, self.entries(plan)).items()}

    def broken(self, plan: Plan, since: int, *, ended: bool = True) -> list[str]:
        state = self.witness.state()
        return [*broken(plan, self.entries(plan), self.witness.effects(since), state, ended=ended), *twins(plan, state)]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Org, Faults, str, Path]]:
    folder = tmp_path_factory.mktemp("fix")
    org, faults, certs = make_org(folder / "org"), Faults(), Certs(folder / "certs")
    with Server(create_app(org, faults), certs) as server:
        yield org, faults, server.url, Path(certs.ca_file)
    org.close()


@pytest.fixture
def bench(served: tuple[Org, Faults, str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    org, faults, url, ca = served
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    witness = Witness(org.folder)
    yield Bench(org, faults, witness, settings_for(tmp_path / "workspace", url, ca), [])
    faults.clear()
    witness.close()
