"""Progress of a snapshot on stderr: bars for a person, one line per stream for a log."""

from __future__ import annotations

import threading
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TaskID, TextColumn, TimeRemainingColumn
from rich.text import Text

from recon.cli._common import Output, is_interactive, talk
from recon.snapshot.manifest import StreamEntry
from recon.snapshot.run import Silent


def snapshot_progress() -> Lines | Bars:
    """Bars where a person watches a terminal, lines elsewhere."""
    return Bars() if is_interactive() and not (Output.quiet or Output.as_json) else Lines()


class Lines(Silent):
    """One line per finished stream."""

    def __enter__(self) -> Lines:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Nothing to clear away."""

    def begin(self, system: str, stream: str, title: str, expected: int | None, done: int) -> None:
        """Say what is being read."""
        resumed = f", {done:,} read before" if done else ""
        about = f" (about {expected:,})" if expected is not None else ""
        talk(f"{system}: reading {title}{about}{resumed} …", verbose=True)

    def finish(self, system: str, stream: str, entry: StreamEntry) -> None:
        """Say what was read."""
        talk(summary(system, entry))

    def fail(self, system: str, message: str) -> None:
        """Say what stopped."""
        talk(f"{system}: ✗ {message}")


def summary(system: str, entry: StreamEntry) -> str:
    """One line about a finished stream."""
    if entry.complete:
        return f"{system}: ✓ {entry.name}  {_number(entry.records, 'record')}, {_number(entry.calls, 'call')}"
    return f"{system}: ⚠ {entry.name}  {_number(entry.records, 'record')}, incomplete. {entry.reason or ''}".rstrip()


def _number(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


class _Rate(ProgressColumn):
    """Records per second."""

    def render(self, task: Task) -> Text:
        """For example 1,250/s."""
        speed = task.finished_speed or task.speed
        return Text(f"{speed:,.0f}/s" if speed else "–/s", style="progress.data.speed")


class Bars:
    """A bar per stream: records, rate, remaining time."""

    def __init__(self) -> None:
        self._bars = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            _Rate(),
            TimeRemainingColumn(),
            console=Console(stderr=True),
        )
        self._tasks: dict[tuple[str, str], TaskID] = {}
        self._lock = threading.Lock()

    def __enter__(self) -> Bars:
        self._bars.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._bars.stop()

    def begin(self, system: str, stream: str, title: str, expected: int | None, done: int) -> None:
        """Add a bar."""
        with self._lock:
            self._tasks[system, stream] = self._bars.add_task(f"{system} {title}", total=expected or None, completed=done)

    def advance(self, system: str, stream: str, records: int) -> None:
        """Move a bar."""
        self._bars.advance(self._tasks[system, stream], records)

    def finish(self, system: str, stream: str, entry: StreamEntry) -> None:
        """Turn the bar into a line."""
        with self._lock:
            task = self._tasks.pop((system, stream))
        self._bars.update(task, visible=False)
        self._bars.console.print(summary(system, entry), highlight=False, markup=False)

    def fail(self, system: str, message: str) -> None:
        """Say what stopped."""
        self._bars.console.print(f"{system}: ✗ {message}", highlight=False, markup=False)
