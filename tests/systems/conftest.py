"""Fixtures that tests of every platform share; see also tests/lib."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from reading import Landed, pour, prove

from recon.sandbox.tls import Certs
from recon.systems.base import Proof

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def certs(tmp_path_factory: pytest.TempPathFactory) -> Certs:
    """The authority that all stand-ins of a run have their certificates from."""
    return Certs(tmp_path_factory.mktemp("certs"))


@pytest.fixture(scope="session")
def naughty() -> list[str]:
    """Strings that are known to break software, where the list is at hand; blank ones are no names."""
    path = ROOT.parent / "shared" / "data" / "naughty_strings" / "blns.json"
    return [text for text in json.loads(path.read_text(encoding="utf-8")) if text.strip()] if path.exists() else []


@pytest.fixture
def pour_stream() -> Callable[..., Landed]:
    """Reads a stream as the snapshot does."""
    return pour


@pytest.fixture
def prove_stream() -> Callable[..., Proof]:
    """Asks for the proof of what landed."""
    return prove
