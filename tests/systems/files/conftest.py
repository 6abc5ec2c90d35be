"""Fixtures for reading files: a folder, its recon.toml, and everything from there to the canonical tables."""

from __future__ import annotations

import csv
import hashlib
import itertools
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from extractor_contract import Stand
from reading import World

from recon.config.load import load_settings
from recon.snapshot import manifest, run
from recon.systems import registry
from recon.systems.base import Context
from recon.systems.files import extractor as files_extractor

Make = Callable[..., Any]


class Workspace:
    """A folder with files and a recon.toml."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.folder, self.stack = folder, stack
        self.numbers = itertools.count()

    def write(self, name: str, content: str | bytes) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def settings(self, text: str) -> Any:
        return load_settings(self.write("recon.toml", text), registry.settings_models())

    def extractor(self, text: str, name: str = "erp") -> Any:
        settings = self.settings(text)
        context = Context(name=name, now=lambda: datetime.now(UTC), sleep=lambda _: None, limits=settings.limits)
        return registry.open_system(settings.systems[name], context)

    def snapshot(self, text: str) -> tuple[Path, manifest.Manifest]:
        taken = run.take(self.settings(text), run.Request(full=True))
        return taken.folder, taken.manifest

    def warehouse(self, text: str) -> Any:
        from recon.warehouse import build, engine

        folder, _ = self.snapshot(text)
        return self.stack.enter_context(engine.connect(build.build(folder, memory="1GB")))


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    with ExitStack() as stack:
        yield Workspace(tmp_path, stack)


class FolderWorld(World):
    """A folder of files."""

    name = "erp"

    def __init__(self, workspace: Workspace) -> None:
        self.folder = workspace.folder
        super().__init__(self)
        self.workspace = workspace

    def settings(self, **changes: Any) -> Any:
        tables = {"orders": "id", "customers": "id"}
        columns = 'record_id = "id", email = "email"'
        text = '[systems.erp]\nkind = "files"\ncurrency = "EUR"\n'
        for table in tables:
            more = ', total = "total"' if table == "orders" else ""
            text += f'[systems.erp.tables.{table}]\npath = "{table}.csv"\ncolumns = {{ {columns}{more} }}\n'
        return self.workspace.settings(text).systems["erp"]

    def now(self) -> datetime:
        return datetime.now(UTC)

    def advance(self, seconds: float) -> None:
        """Files know no time but their own."""


class FolderStand(Stand):
    """Files as the contract of all extractors fills them."""

    world: FolderWorld
    looks_again = False

    def fill(self, count: int, *, texts: Sequence[str] = (), amount: str = "24.90") -> None:
        self.rows = {n: [str(n), amount, texts[n - 1] if texts else f"a{n}@example.com"] for n in range(1, count + 1)}
        self.write("customers", [[str(n), "", f"c{n}@example.com"] for n in range(1, min(count, 3) + 1)])
        self.write("orders", list(self.rows.values()))

    def write(self, table: str, rows: list[list[str]]) -> None:
        with (self.world.folder / f"{table}.csv").open("w", newline="", encoding="utf-8") as stream:
            csv.writer(stream).writerows([["id", "total", "email"], *rows])

    def changed(self) -> None:
        self.write("orders", list(self.rows.values()))

    def add(self, number: int) -> None:
        self.rows[number] = [str(number), "1.00", "new@example.com"]
        self.changed()

    def touch(self, number: int) -> None:
        self.rows[number][1] = "2.00"
        self.changed()

    def remove(self, number: int) -> None:
        del self.rows[number]
        self.changed()

    def number_of(self, line: dict[str, Any]) -> int:
        return int(line["Id"])

    def text_of(self, line: dict[str, Any]) -> str | None:
        return str(line["email"])

    def kept(self, text: str) -> str:
        """Blanks around a cell belong to no value, and a cell of blanks is none."""
        return str(text.strip().strip("\u00a0\ufeff") or None)

    def digest(self) -> str:
        files = sorted(self.world.folder.glob("*.csv"))
        return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()

    def forbid(self) -> tuple[str, ...]:
        (self.world.folder / "customers.csv").unlink()
        return ("customers.csv",)

    def requests(self) -> list[dict[str, Any]]:
        return []  # nobody is asked


@pytest.fixture
def stand(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> FolderStand:
    """A folder without records, read in blocks of five."""
    monkeypatch.setattr(files_extractor, "BLOCK", 5)
    return FolderStand(FolderWorld(workspace))
