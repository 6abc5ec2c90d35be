"""A workspace whose snapshots are made of rows: the warehouse is written directly, everything behind it is real."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from recon.audit import ruletest
from recon.audit.result import AuditResult
from recon.audit.run import audit
from recon.config.settings import Settings
from recon.snapshot.files import make_directory, write_json
from recon.snapshot.manifest import Manifest, SystemEntry
from recon.warehouse.build import identity, tables
from recon.warehouse.engine import FILE_NAME, connect

Rows = Mapping[str, Sequence[Mapping[str, Any]]]
BEGIN = datetime(2026, 11, 20, 9, tzinfo=UTC)

RULE = """/* +++
title    = "No order is called by that name"
question = "Which orders are there?"
severity = "{severity}"
entity   = "orders"
since    = "0.1"
needs    = ["shop.orders"]
why      = "A rule that exists only to try the machinery out."
remedy   = "Nothing has to be done about what it finds."
false_alarms = "None at all."
checked  = "select count(*) from orders"
+++ */
{sql}
"""


class Workspace:
    """A folder with recon.toml, snapshots and rules of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.settings = Settings(path=folder / "recon.toml")
        self.day = 0

    def rule(self, rule_id: str, sql: str, severity: str = "high") -> None:
        path = self.folder.joinpath("queries", "rules", *rule_id.split(".")).with_suffix(".sql")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(RULE.format(sql=sql.strip(), severity=severity))

    def only(self, *wanted: str) -> None:
        """Switch all other rules off."""
        from recon.audit.rules import load
        from recon.config.settings import RuleSettings

        for rule in load(Settings(path=self.settings.path)).rules:
            if rule.id not in wanted:
                self.settings.rules[rule.id] = RuleSettings(enabled=False)

    def snapshot(
        self,
        rows: Rows,
        *,
        coverage: Sequence[Mapping[str, Any]] | None = None,
        systems: Sequence[str] = ("shop", "salesforce"),
        accounts: Mapping[str, str] | None = None,
    ) -> Path:
        """One more day, one more snapshot; ``accounts`` names the shop or org behind a system."""
        started = BEGIN + timedelta(days=self.day)
        self.day += 1
        folder = make_directory(self.settings.state_dir / "snapshots" / f"{started:%Y%m%dT%H%M%SZ}-test")
        entries = [
            SystemEntry(
                name=name,
                kind={"shop": "shopify"}.get(name, name),
                side="salesforce" if name == "salesforce" else "shop",
                started_at=started,
                finished_at=started,
                account_id=(accounts or {}).get(name),
            )
            for name in systems
        ]
        manifest = Manifest(snapshot_id=folder.name, started_at=started, finished_at=started, systems=entries)
        write_json(folder / "manifest.json", manifest.model_dump(mode="json"))
        (folder / FILE_NAME).write_bytes(ruletest._empty_warehouse())
        with connect(folder / FILE_NAME, read_only=False, locked=False) as con:
            con.execute("create table meta (key varchar not null, value varchar)")
            con.executemany("insert into meta values (?, ?)", list(identity(folder.name, {}).items()))
            filled: dict[str, list[dict[str, Any]]] = {name: [dict(row) for row in values] for name, values in rows.items()}
            filled["systems"] = [
                {
                    "system": e.name,
                    "kind": e.kind,
                    "side": e.side,
                    "record_url_template": f"https://{e.name}.example.com/{{object}}/{{record_id}}",
                }
                for e in entries
            ]
            everything = [{"system": e.name, "entity": t, "readable": True, "complete": True} for e in entries for t in tables()]
            filled["coverage"] = [dict(row) for row in coverage] if coverage is not None else everything
            ruletest._fill(con, None, ruletest.Case("test", "test", started, filled, [], {}))
        return folder

    def audit(self, rows: Rows | None = None, *, folder: Path | None = None, **options: Any) -> AuditResult:
        """Audit a snapshot of those rows."""
        target = folder or self.snapshot(
            rows or {},
            coverage=options.pop("coverage", None),
            systems=options.pop("systems", ("shop", "salesforce")),
            accounts=options.pop("accounts", None),
        )
        return audit(self.settings, target, **options)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path)


@pytest.fixture(scope="session")
def new_workspace(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Workspace]:
    """For runs that several tests only read."""
    return lambda: Workspace(tmp_path_factory.mktemp("workspace"))


@pytest.fixture(scope="session")
def order() -> Callable[..., dict[str, Any]]:
    """An order row; by default one that Salesforce lacks."""

    def make(record_id: str, **values: Any) -> dict[str, Any]:
        return {
            "system": "shop", "record_id": record_id, "number": f"#{record_id}", "currency": "EUR", "total": "10.00",
            "created_at": BEGIN - timedelta(days=1), "file": "shop/orders/part-0000.jsonl", "line": 7, **values,
        }  # fmt: skip

    return make
