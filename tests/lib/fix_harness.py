"""The fault matrix of ``recon fix apply``, as a process of its own: ``fix_harness.py FOLDER SEEDS [NAME…]`` prints JSON.

A stand-in of the org runs in one process. For every fault and seed a child is forked that applies a plan and is killed, or meets the
fault; another one goes on with `resume` until the plan is at its end; then the checker looks at plan, journal, effects and state. Children
are forked from a process without threads in which everything is imported already, so that one run takes a tenth of a second.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fix_checker import broken, twins
from fix_org import Witness, make_org, plan_from, settings_for

from recon.config.settings import Settings
from recon.errors import ReconError
from recon.faultpoints import NAMES
from recon.fix.journal import read, standings, was_begun
from recon.fix.plan import Plan, find, folder_of, save
from recon.fix.session import carry_out
from recon.sandbox.faults import Faults
from recon.sandbox.salesforce.app import create_app
from recon.sandbox.server import DropConnection, Server
from recon.sandbox.tls import Certs

KILLS = tuple(name for name in NAMES if name.startswith("apply."))
SERVER_KILL = "server.after_commit"
"""The org has committed and the answer is on its way when we die: no point of our own lies there"""

WRITES = r"(POST|PATCH) \S+/composite/sobjects$"
ANSWERS: dict[str, list[dict[str, Any]]] = {
    "lost_answer": [{"match": WRITES, "action": "lost_answer", "times": 2}],
    "cut_answer": [{"match": WRITES, "action": "truncate", "times": 2}],
    "results_fewer": [{"match": WRITES, "action": "results_fewer", "times": 2}],
    "results_more": [{"match": WRITES, "action": "results_more", "times": 1}],
    "results_reordered": [{"match": WRITES, "action": "results_reordered", "times": 3}],
    "row_lock": [{"match": "Order|Account|OrderItem", "action": "row_lock", "times": 4, "chance": 0.4}],
    "row_error": [{"match": "update Order", "action": "row_error", "times": 1}],
    "unavailable": [{"match": WRITES, "action": "status", "times": 2, "args": {"status": 503}}],
    "token_expired": [{"match": WRITES, "action": "expire_token", "times": 2}],
    "quota": [{"match": WRITES, "action": "daily_limit", "times": 1}],
    "job_failed": [{"match": "jobs/ingest", "action": "ingest_failed", "times": 1, "args": {"after_rows": 3}}],
    "job_aborted": [{"match": "GET .*jobs/ingest", "action": "bulk_aborted", "times": 1}],
}
"""Name → faults of the stand-in; ``after`` comes from the seed."""


def main() -> None:
    """Run what is asked for, print what broke."""
    folder, seeds, wanted = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
    names = [name for name in (*KILLS, SERVER_KILL, *ANSWERS) if not wanted or name in wanted]
    org_folder, certs = folder / "org", Certs(folder / "certs")
    url, process = _serve(org_folder, certs, folder / "kill", folder / "faults.json")
    try:
        witness = Witness(org_folder)
        workspaces = [settings_for(folder / f"w{n}", url, Path(certs.ca_file), bulk_threshold=n) for n in (2000, 3)]
        print(json.dumps({name: _cell(name, seeds, workspaces, witness, folder) for name in names}))
    finally:
        os.kill(process, signal.SIGTERM)
        os.waitpid(process, 0)


def _cell(name: str, seeds: int, workspaces: list[Settings], witness: Witness, folder: Path) -> dict[str, Any]:
    """One row of the matrix: how many runs were struck, and what broke by seed."""
    began, struck, problems = time.process_time(), 0, {}
    for seed in range(seeds):
        bulk = "job" in name or seed % 2
        hit, found = _run(name, seed, workspaces[1 if bulk else 0], witness, folder)
        struck += hit
        if found:
            problems[seed] = found
    return {"struck": struck, "broken": problems, "seconds": round(time.process_time() - began, 1)}


def _run(name: str, seed: int, settings: Settings, witness: Witness, folder: Path) -> tuple[bool, list[str]]:
    rng = random.Random(f"{name}/{seed}")
    start = witness.number()
    plan = plan_from(settings, witness, rng.randint(0, 10**9), updates=6, chains=1 + seed % 2)
    save(settings.state_dir, plan)
    kill, faults = "", []
    if name in KILLS:
        kill = f"{name}:{rng.choice((1, 1, 2, 3, 5))}"
    elif name == SERVER_KILL:
        (folder / "kill").write_text(str(rng.randint(1, 5)), encoding="utf-8")
    else:
        faults = [{**fault, "after": rng.choice((0, 0, 1, 2)), "seed": seed} for fault in ANSWERS[name]]
    (folder / "faults.json").write_text(json.dumps(faults), encoding="utf-8")
    ends = [_child(settings, plan, kill)]
    (folder / "kill").unlink(missing_ok=True)
    struck = ends[0] == -signal.SIGKILL if kill or name == SERVER_KILL else True
    for _ in range(6):
        ends.append(_child(settings, plan, ""))
        stand = standings(plan, read(folder_of(settings.state_dir, plan.id) / "journal.jsonl"))
        if all(one.result not in {"planned", "unknown"} for one in stand.values()):
            break
    (folder / "faults.json").write_text("[]", encoding="utf-8")
    entries = read(folder_of(settings.state_dir, plan.id) / "journal.jsonl")
    state = witness.state()
    found = [*broken(plan, entries, witness.effects(start), state), *twins(plan, state)]
    stand = standings(plan, entries)
    if name not in {"row_error"} and any(one.result not in {"done", "already"} for one in stand.values()):
        found.append(f"not complete: { {one.result: one.message for one in stand.values() if one.result != 'done'} }, ended {ends}")
    return struck, found


def _child(settings: Settings, plan: Plan, kill: str) -> int:
    """Apply or resume in a forked child; its exit code, negative for a signal."""
    process = os.fork()
    if process:
        _, status = os.waitpid(process, 0)
        return -os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
    code = 99
    try:
        (settings.workspace.parent / "child").write_text(str(os.getpid()), encoding="utf-8")
        os.environ["RECON_KILL_AT"] = kill
        begun = was_begun(read(folder_of(settings.state_dir, plan.id) / "journal.jsonl"))
        outcome = carry_out(settings, find(settings.state_dir, plan.id), resume=begun, sleep=lambda seconds: None)
        code = 0 if outcome.complete else 4
    except ReconError as error:
        sys.stderr.write(f"{error}\n")
        code = int(error.exit_code)
    finally:
        os._exit(code)


def _serve(folder: Path, certs: Certs, kill: Path, faults_file: Path) -> tuple[str, int]:
    """The stand-in in a process of its own; its address and process."""
    reading, writing = os.pipe()
    process = os.fork()
    if process:
        os.close(writing)
        with os.fdopen(reading) as pipe:
            return pipe.readline().strip(), process
    os.close(reading)
    org = make_org(folder, now=lambda: datetime.now(UTC))
    faults = _Fresh(faults_file)
    app = create_app(org, faults)
    with Server(_deadly(app, kill, folder.parent / "child"), certs) as server:
        with os.fdopen(writing, "w") as pipe:
            pipe.write(f"{server.url}\n")
        signal.sigwait({signal.SIGTERM})
    os._exit(0)


class _Fresh(Faults):
    """Faults that another process writes into a file."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._file, self._text = path, "[]"

    def _look(self) -> None:
        try:
            text = self._file.read_text(encoding="utf-8")
        except FileNotFoundError:
            return
        if text != self._text and text:
            self._text = text
            self.clear()
            for fault in json.loads(text):
                self.on(
                    fault["match"],
                    fault["action"],
                    times=fault["times"],
                    after=fault["after"],
                    chance=fault.get("chance", 1.0),
                    seed=fault["seed"],
                    **fault.get("args", {}),
                )

    def take(self, action: str, target: str = "", *more: str) -> Any:
        self._look()
        return super().take(action, target, *more)

    def strike(self, targets: Any) -> Any:
        self._look()
        return super().strike(targets)


def _deadly(app: Any, kill: Path, child: Path) -> Callable[..., Any]:
    """Kills the client when the org has committed its n-th write, so that the answer finds nobody."""

    def application(environ: dict[str, Any], start_response: Any) -> Any:
        answer = app(environ, start_response)
        writes = environ["REQUEST_METHOD"] in {"POST", "PATCH", "PUT"} and any(
            part in environ["PATH_INFO"] for part in ("/composite/sobjects", "/jobs/ingest")
        )
        if writes and kill.exists():
            left = int(kill.read_text(encoding="utf-8")) - 1
            if left > 0:
                kill.write_text(str(left), encoding="utf-8")
            else:
                kill.unlink()
                os.kill(int(child.read_text(encoding="utf-8")), signal.SIGKILL)
                raise DropConnection(reset=True)
        return answer

    return application


def parts(items: list[str], size: int) -> Iterator[list[str]]:
    """Lists of at most ``size``."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


if __name__ == "__main__":
    tempfile.tempdir = sys.argv[1]
    main()
