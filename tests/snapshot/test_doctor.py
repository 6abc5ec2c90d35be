"""Doctor: what is said of the workspace, and each thing once."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from recon.config.settings import Settings
from recon.errors import ConfigError
from recon.snapshot.doctor import examine
from recon.systems.base import Check

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


def test_a_state_folder_that_cannot_be_written_is_found(toy: Any, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**options: Any) -> Any:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    name, check = next(iter(examine(settings, (), now=NOW)))
    assert (name, check.level, check.subject) == ("workspace", "fail", "state")
    assert check.message.endswith("cannot be written (Read-only file system).")


def test_calls_are_said_once_per_system(toy: Any, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    said = [check.message for _, check in examine(settings, (), now=NOW) if check.subject == "cost"]
    assert said == ["A full snapshot takes about 6 calls."]

    def checks() -> Iterator[Check]:
        yield Check("ok", "cost", "It costs 6.")

    monkeypatch.setattr(toy, "checks", checks)
    assert [check.message for _, check in examine(settings, (), now=NOW) if check.subject == "cost"] == ["It costs 6."]


def test_an_unknown_system_is_refused_before_anything_is_said(toy: Any, settings: Settings) -> None:
    with pytest.raises(ConfigError, match="no enabled system"):
        next(iter(examine(settings, ("shopp",), now=NOW)))
