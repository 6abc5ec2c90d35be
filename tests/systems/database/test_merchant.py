"""The demo merchant whose ERP is a real PostgreSQL: the same faults are found as with a file."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from recon.audit.run import audit
from recon.config.load import load_settings
from recon.sandbox.merchant import truth
from recon.sandbox.merchant.erp import TABLES, Erp, statements
from recon.sandbox.merchant.stage import Stage
from recon.snapshot.run import Request, take
from recon.systems.registry import settings_models

NOW = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)


class ServerBooks:
    """The ERP's tables in a database server."""

    def __init__(self, server: Any) -> None:
        self.server = server

    def fill(self, erp: Erp) -> None:
        for statement in statements(amount="numeric(12, 2)", moment="timestamp with time zone"):
            self.server.execute(statement)
        for table, rows in erp.rows():
            self.server.execute(f"insert into {table} values ({', '.join(['%s'] * len(TABLES[table]))})", rows)

    @property
    def place(self) -> str:
        return "127.0.0.1"

    @property
    def settings(self) -> str:
        return str(self.server.settings()).partition("currency")[0].partition('kind = "database"\n')[2]


def test_an_erp_in_postgresql_shows_the_same_faults(postgresql: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ERP_PASSWORD", "read-only-1")
    with Stage(tmp_path, platforms=["shopify", "database"], orders=400, books=ServerBooks(postgresql), now=lambda: NOW) as stage:
        settings = load_settings(stage.config, settings_models())
        taken = take(settings, Request(full=True), now=lambda: NOW, sleep=lambda seconds: None)
    result = audit(settings, taken.folder, now=lambda: NOW)
    found = Counter((one.rule, one.system, one.record_id or "", one.salesforce_id or "") for one in result.findings)
    planted = Counter(row.key for row in truth.read(tmp_path / "truth.json"))
    assert found == planted
    assert any(row.system == "erp" for row in truth.read(tmp_path / "truth.json"))
