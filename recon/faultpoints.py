"""Named points at which tests kill the process; without the environment variable they do nothing.

``RECON_KILL_AT=snapshot.after_frame:3`` kills the process with SIGKILL when that point is reached the third time.
"""

from __future__ import annotations

import os
import signal
import threading

NAMES = (
    "snapshot.before_frame",
    "snapshot.after_frame",
    "snapshot.after_progress",
    "snapshot.after_part",
    "snapshot.after_stream",
    "snapshot.before_manifest",
    "snapshot.after_manifest",
    "again.before_manifest",
    "again.after_manifest",
    "warehouse.before_rename",
    "history.before_commit",
    "history.after_commit",
    "report.before_rename",
    "apply.plan_read",
    "apply.locked",
    "apply.begun",
    "apply.after_check",
    "apply.before_intent",
    "apply.after_intent",
    "apply.before_send",
    "apply.after_answer",
    "apply.after_outcome",
    "apply.after_reading",
    "apply.unclear",
    "apply.after_settling",
    "apply.job_created",
    "apply.job_uploaded",
    "apply.job_closed",
    "apply.before_end",
    "apply.files",
    "apply.unlocked",
)
"""Every point that exists; the kill tests walk this list."""

_seen: dict[str, int] = {}
_lock = threading.Lock()


def faultpoint(name: str) -> None:
    """Die here when the environment asks for it."""
    wanted = os.environ.get("RECON_KILL_AT", "")
    if not wanted:
        return
    target, _, count = wanted.partition(":")
    if target != name:
        return
    with _lock:
        _seen[name] = _seen.get(name, 0) + 1
        if _seen[name] >= int(count or "1"):
            os.kill(os.getpid(), signal.SIGKILL)
