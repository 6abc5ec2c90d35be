"""A platform made of lists, to drive the snapshot runner through everything that can happen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import pytest

from recon.config.settings import Settings, SystemSettings
from recon.snapshot import run
from recon.systems import registry
from recon.systems.base import Check, Chunk, Context, Estimate, Proof, Stream, SystemFacts, Window

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


class ToySettings(SystemSettings):
    kind: Literal["toy"] = "toy"


@dataclass
class Toy:
    """Three pages of two records; ``trouble`` maps a page number to an error raised before it."""

    trouble: dict[int, BaseException] = field(default_factory=dict)
    facts_error: BaseException | None = None
    count: int | None = 6
    pages_read: list[int] = field(default_factory=list)
    windows: list[Window] = field(default_factory=list)
    calls: int = 0

    def facts(self) -> SystemFacts:
        if self.facts_error:
            raise self.facts_error
        return SystemFacts("acct", "Toy", "https://toy.example", "https://toy.example/{record_id}", "UTC", "EUR", "1")

    def streams(self) -> tuple[Stream, ...]:
        return (
            Stream("orders", ("orders",), "orders", "orders"),
            Stream("levels", ("inventory_levels",), "levels", "levels", has_delta=False),
        )

    def not_covered(self) -> Mapping[str, str]:
        return {"refunds": "The toy has no refunds."}

    def absent(self) -> tuple[str, ...]:
        return ("refunds",)

    def estimate(self, stream: Stream, window: Window) -> Estimate:
        return Estimate(self.count, 3)

    def read(self, stream: Stream, window: Window, state: Mapping[str, Any] | None) -> Iterator[Chunk]:
        self.windows.append(window)
        for page in range(state["next"] if state else 0, 3):
            if page in self.trouble:
                raise self.trouble.pop(page)
            self.calls += 1
            self.pages_read.append(page)
            lines = [f'{{"id": "{page}-{i}"}}\n'.encode() for i in range(2)]
            child = f'{{"id": "{page}-c", "__parentId": "{page}-0"}}\n'.encode()
            yield Chunk([*lines, child], {"next": page + 1}, rows=3)

    def prove(self, stream: Stream, window: Window, rows: int, state: Mapping[str, Any] | None) -> Proof:
        if self.count is not None and rows != self.count:
            return Proof(False, "count", self.count, f"{rows} of {self.count} records were read.")
        return Proof(True, "count", self.count)

    def checks(self) -> Iterator[Check]:
        yield Check("ok", "credentials", "accepted.")

    def close(self) -> None:
        pass


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch) -> Toy:
    extractor = Toy()

    def open_system(settings: SystemSettings, context: Context) -> Toy:
        return extractor

    monkeypatch.setattr(registry, "open_system", open_system)
    monkeypatch.setattr(registry, "side", lambda kind: "shop")
    return extractor


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(systems={"shop": ToySettings()}, path=tmp_path / "recon.toml")


@pytest.fixture
def take(settings: Settings) -> Any:
    def run_it(request: run.Request | None = None, now: datetime = NOW) -> run.Taken:
        return run.take(settings, request, now=lambda: now)

    return run_it
