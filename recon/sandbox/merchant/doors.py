"""What a platform's part of the merchant needs to open its stand-in on the stage, and what it hands back."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from recon.sandbox.server import Server
from recon.sandbox.tls import Certs

_Closing = TypeVar("_Closing")


@dataclass(frozen=True)
class Opened:
    """A stand-in that is served: the object behind it, its lines of recon.toml below ``kind`` and ``title``, and its addresses."""

    system: Any
    settings: str
    places: Mapping[str, str] = field(default_factory=dict)
    """what a person calls an address → the address"""


class Doors:
    """Ports, certificates and secrets of a workspace; everything opened here is closed with the stage."""

    def __init__(self, workspace: Path, now: Callable[[], datetime], opened: ExitStack) -> None:
        self.workspace, self.now = workspace, now
        self.certs = Certs(workspace / "sandbox" / "certs")
        self.servers: dict[str, Server] = {}
        self._opened = opened
        self._ports = workspace / "sandbox" / "ports.json"
        self._known = _read_ports(self._ports)

    def closing(self, thing: _Closing) -> _Closing:
        """Call the thing's close() at the end."""
        self._opened.callback(thing.close)  # type: ignore[attr-defined]
        return thing

    def enter(self, thing: AbstractContextManager[_Closing]) -> _Closing:
        """Leave the context at the end."""
        return self._opened.enter_context(thing)

    def serve(self, name: str, app: Any) -> str:
        """Serve an app over HTTPS, at the port of the last time where that is free; its address."""
        server = self.servers[name] = _server(app, self.certs, self._known.get(name))
        self._opened.enter_context(server)
        return server.url

    def secret(self, name: str) -> tuple[str, str]:
        """A secret that was made up for this workspace, and how recon.toml refers to it."""
        path = self.workspace / "secrets" / name
        private_folder(path.parent)
        if not path.exists():
            private_file(path, secrets.token_urlsafe(32) + "\n")
        return path.read_text(encoding="utf-8").strip(), quoted(f"file:{path}")

    @property
    def ca(self) -> str:
        """The certificate authority as recon.toml names it."""
        return quoted(str(self.workspace / "ca.pem"))

    def remember(self) -> None:
        """Keep the ports, so that recon.toml stays right between runs."""
        known = self._known | {name: server.port for name, server in self.servers.items()}
        private_file(self._ports, json.dumps(known))


def quoted(value: str) -> str:
    """A text as TOML writes it."""
    # NOTE: a JSON string is a TOML basic string too.
    return json.dumps(value, ensure_ascii=False)


def private_folder(folder: Path) -> None:
    """Make a folder that only its owner can enter."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def private_file(path: Path, text: str) -> None:
    """Write a file that only its owner can read, also where it exists with other rights."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as stream:
        stream.write(text)


def _read_ports(path: Path) -> dict[str, int]:
    try:
        ports: dict[str, int] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return ports


def _server(app: Any, certs: Certs, port: int | None) -> Server:
    if port is not None:
        try:
            return Server(app, certs, port=port)
        except OSError:
            pass  # somebody else has the port now
    return Server(app, certs)
