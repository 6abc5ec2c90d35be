"""One writer per workspace."""

from __future__ import annotations

import json
import multiprocessing
from pathlib import Path

import pytest

from recon.errors import LockedError
from recon.snapshot.lock import WorkspaceLock

PROCESSES, ATTEMPTS = 12, 25


def test_second_holder_is_told_who_holds_it(tmp_path: Path) -> None:
    with WorkspaceLock(tmp_path, "recon run"), pytest.raises(LockedError, match=r"recon run by .* process"):
        WorkspaceLock(tmp_path, "recon audit").__enter__()
    with WorkspaceLock(tmp_path, "recon audit"):
        pass


def test_note_of_a_dead_process_on_this_host_is_no_lock(tmp_path: Path) -> None:
    import socket

    (tmp_path / "lock").write_text(json.dumps({"host": socket.gethostname(), "pid": 1}))
    with WorkspaceLock(tmp_path, "recon run"):
        pass


def test_lock_of_another_host_is_never_stolen(tmp_path: Path) -> None:
    (tmp_path / "lock").write_text(json.dumps({"host": "elsewhere", "pid": 1, "purpose": "recon run"}))
    with pytest.raises(LockedError, match="another host"):
        WorkspaceLock(tmp_path, "recon run").__enter__()


def _compete(folder: str, results: multiprocessing.Queue[tuple[int, int]]) -> None:
    inside = overlaps = 0
    mark = Path(folder) / "inside"
    for _ in range(ATTEMPTS):
        try:
            with WorkspaceLock(Path(folder), "test"):
                inside += 1
                try:
                    mark.touch(exist_ok=False)
                    mark.unlink()
                except FileExistsError:
                    overlaps += 1
        except LockedError:
            pass
    results.put((inside, overlaps))


def test_many_processes_never_hold_it_together(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    results: multiprocessing.Queue[tuple[int, int]] = context.Queue()
    processes = [context.Process(target=_compete, args=(str(tmp_path), results)) for _ in range(PROCESSES)]
    for process in processes:
        process.start()
    outcomes = [results.get(timeout=60) for _ in processes]
    for process in processes:
        process.join(timeout=60)
    assert sum(overlaps for _, overlaps in outcomes) == 0
    assert sum(inside for inside, _ in outcomes) > 0
