"""One writer per workspace. The lock dies with its process; across hosts it is never stolen."""

from __future__ import annotations

import fcntl
import getpass
import json
import os
import secrets
import socket
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

from recon.errors import LockedError
from recon.snapshot.files import explained, make_directory, open_private

FILE_NAME = "lock"


class WorkspaceLock:
    """Context manager; raises LockedError (exit code 75) at once when another run holds the workspace."""

    def __init__(self, state_dir: Path, purpose: str) -> None:
        self.path = state_dir / FILE_NAME
        self.purpose = purpose
        self.lock_id = secrets.token_hex(4)
        self._descriptor = -1

    def __enter__(self) -> WorkspaceLock:
        make_directory(self.path.parent)
        with explained(self.path):
            descriptor = open_private(self.path, os.O_RDWR | os.O_CREAT)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = self._holder(descriptor)
            os.close(descriptor)
            raise LockedError(f"Another run holds this workspace ({_describe(holder)}).", "Wait for it to end, then try again.") from error
        holder = self._holder(descriptor)
        if holder and holder.get("host") != socket.gethostname():
            # NOTE: flock over a network share may not reach the other host, so its note is believed.
            os.close(descriptor)
            raise LockedError(
                f"A run on another host holds this workspace ({_describe(holder)}).",
                f"If that host no longer runs it, remove {self.path}.",
            )
        self._descriptor = descriptor
        self._write(
            {
                "id": self.lock_id,
                "pid": os.getpid(),
                "host": socket.gethostname(),
                "user": _user(),
                "purpose": self.purpose,
                "since": datetime.now(UTC).isoformat(timespec="seconds"),
            }
        )
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        os.ftruncate(self._descriptor, 0)
        os.close(self._descriptor)

    def _write(self, note: dict[str, Any]) -> None:
        with explained(self.path):
            os.ftruncate(self._descriptor, 0)
            os.pwrite(self._descriptor, json.dumps(note).encode(), 0)
            os.fsync(self._descriptor)

    @staticmethod
    def _holder(descriptor: int) -> dict[str, Any]:
        try:
            note = json.loads(os.pread(descriptor, 4096, 0) or b"{}")
        except ValueError:
            return {}
        return note if isinstance(note, dict) else {}


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


def _describe(holder: dict[str, Any]) -> str:
    if not holder:
        return "it has left no note"
    who = f"{holder.get('purpose', 'recon')} by {holder.get('user', '?')} on {holder.get('host', '?')}"
    return f"{who}, process {holder.get('pid', '?')}, since {holder.get('since', '?')}"
