"""Fixtures for reading files: a folder, its recon.toml, and everything from there to the canonical tables."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from recon.config.load import load_settings
from recon.snapshot import manifest, run
from recon.systems import registry
from recon.systems.base import Context

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
