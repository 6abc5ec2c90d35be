"""Secrets come from where they are named, and never show up in a message."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import BaseModel

from recon.config.secrets import require, resolve
from recon.errors import ConfigError


def test_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOY_TOKEN", "abc\n")
    assert resolve("env:TOY_TOKEN", "token") == "abc"


@pytest.mark.parametrize("value", ["", "  ", "\n"])
def test_empty_environment_is_refused(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("TOY_TOKEN", value)
    with pytest.raises(ConfigError, match="TOY_TOKEN named by token is empty"):
        resolve("env:TOY_TOKEN", "token")


def test_file(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text("abc\n")
    path.chmod(0o600)
    assert resolve(f"file:{path}", "token") == "abc"


def test_file_that_everybody_can_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text("s3cr3t")
    path.chmod(0o644)
    with pytest.raises(ConfigError, match="can be read by everybody") as caught:
        resolve(f"file:{path}", "token")
    assert "s3cr3t" not in str(caught.value)


def test_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        resolve(f"file:{tmp_path / 'none'}", "token")


def test_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    import keyring
    from keyring.backend import KeyringBackend

    class Memory(KeyringBackend):
        priority = 1  # type: ignore[assignment]

        def get_password(self, service: str, username: str) -> str | None:
            return "abc" if (service, username) == ("recon", "sf") else None

        def set_password(self, service: str, username: str, password: str) -> None: ...

        def delete_password(self, service: str, username: str) -> None: ...

    before = keyring.get_keyring()
    keyring.set_keyring(Memory())
    try:
        assert resolve("keyring:recon/sf", "token") == "abc"
        with pytest.raises(ConfigError, match="keyring entry recon/other"):
            resolve("keyring:recon/other", "token")
    finally:
        keyring.set_keyring(before)


def test_every_secret_of_a_system_is_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    class System(BaseModel):
        url: str = "https://acme.example"
        client_id: str = "env:TOY_ID"
        client_secret: str | None = "env:TOY_SECRET"
        private_key: str | None = None

    monkeypatch.setenv("TOY_ID", "id")
    monkeypatch.setenv("TOY_SECRET", "secret")
    require(System(), "systems.toy")
    monkeypatch.delenv("TOY_SECRET")
    with pytest.raises(ConfigError, match=r"TOY_SECRET named by systems\.toy\.client_secret is empty or not set"):
        require(System(), "systems.toy")
