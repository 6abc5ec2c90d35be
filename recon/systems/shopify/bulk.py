"""Bulk operations: start, wait, download, prove. The id of the operation is kept, so that a killed run takes up its result."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from recon.errors import IncompleteError, RetriableError, SourceError
from recon.systems.body import Download
from recon.systems.shopify.client import Client, Gone, Reply
from recon.systems.shopify.documents import operations
from recon.systems.shopify.lines import PARENT, ChildCheck

TRIES = 2
"""Operations that are started for one stream before it counts as incomplete."""

_FIRST_WAIT = 1.0
_LONGEST_WAIT = 30.0
_RUNNING = {"CREATED", "RUNNING", "CANCELING"}
_BUSY = {"OPERATION_IN_PROGRESS", "LIMIT_REACHED"}


class Denied(Exception):
    """Bulk operations are not allowed for this token, or a field of the query is not."""


@dataclass(frozen=True)
class Outcome:
    """What Shopify says of an operation."""

    status: str
    error: str
    objects: int
    roots: int
    size: int | None
    url: str | None

    @classmethod
    def of(cls, data: Mapping[str, Any] | None) -> Outcome:
        """From an answer; an operation that is not known any more counts as expired."""
        if not data:
            return cls("EXPIRED", "", 0, 0, None, None)
        size = data.get("fileSize")
        return cls(
            status=str(data["status"]),
            error=str(data.get("errorCode") or ""),
            objects=int(data["objectCount"]),
            roots=int(data["rootObjectCount"]),
            size=None if size is None else int(size),
            url=data.get("url"),
        )


@dataclass
class Result:
    """A proven result. ``lines`` can be read once; close it afterwards."""

    operation: str
    tries: int
    objects: int
    roots: int
    mismatched: int
    file: Download | None

    def lines(self) -> Iterator[bytes]:
        """All lines, each with its line end."""
        if self.file is not None:
            for line in self.file.lines():
                yield line if line.endswith(b"\n") else line + b"\n"

    def close(self) -> None:
        """Give the disk space back."""
        if self.file is not None:
            self.file.close()


class Bulk:
    """Runs the bulk operation of one stream."""

    def __init__(self, client: Client, stream: str, text: str, counts: Mapping[str, str]) -> None:
        self.client = client
        self.stream = stream
        self.text = text
        self.counts = counts
        known = operations("operations", client.settings.api_version)
        self._run = known["run"].text()
        self._poll = known["poll"].text()
        self._until = client.http.host.clock.now() + client.http.limits.run_seconds

    def result(self, operation: str | None, tries: int, started: Callable[[str, int], Any]) -> Iterator[Any]:
        """Yield what ``started(operation, tries)`` makes of each operation that is started, and at last the Result.

        ``operation`` is one that an interrupted run started. Raises Denied, IncompleteError after the last try.
        """
        reason = ""
        while operation is not None or tries < TRIES:
            if operation is None:
                operation, tries = self._start(), tries + 1
                yield started(operation, tries)
            outcome = self._wait(operation)
            if outcome.status == "COMPLETED":
                found, reason = self._fetch(operation, outcome, tries)
                if found is not None:
                    yield found
                    return
            elif outcome.error == "ACCESS_DENIED":
                raise Denied
            else:
                reason = f"it ended as {outcome.status}{' with ' + outcome.error if outcome.error else ''}"
            operation = None
        raise self._incomplete(f"No bulk operation brought {self.stream}: {reason or 'too many were tried'}.")

    # -- start and wait --------------------------------------------------------------------------------

    def _start(self) -> str:
        """Start an operation; waits while others of this app hold all places."""
        wait = _FIRST_WAIT
        while True:
            reply = self._asked(self._run, {"text": self.text}, "bulkOperationRunQuery")
            if reply.denied:
                raise Denied
            payload = reply.data.get("bulkOperationRunQuery") or {}
            codes = {str(error.get("code")) for error in payload.get("userErrors") or ()}
            if not codes and payload.get("bulkOperation"):
                return str(payload["bulkOperation"]["id"])
            if not codes & _BUSY:
                raise SourceError(
                    f"{self.client.name}: Shopify refused to start a bulk operation for {self.stream} ({', '.join(sorted(codes))}).",
                    "Report this as a bug of recon, or set full_read to pages.",
                    system=self.client.name,
                    stream=self.stream,
                )
            wait = self._pause(wait, "other bulk operations of this app still run")

    def _wait(self, operation: str) -> Outcome:
        wait = _FIRST_WAIT
        while True:
            outcome = self._look(operation)
            if outcome.status not in _RUNNING:
                return outcome
            wait = self._pause(wait, "its bulk operation still runs")

    def _look(self, operation: str) -> Outcome:
        try:
            return Outcome.of(self._asked(self._poll, {"id": operation}, "bulkOperation").data.get("bulkOperation"))
        except (KeyError, TypeError, ValueError):
            raise self._incomplete(f"An answer about the bulk operation of {self.stream} is not whole.") from None

    def _asked(self, text: str, variables: Mapping[str, Any], field: str) -> Reply:
        """Ask again where the answer is one to another question, as when something in between repeats an older one."""
        for attempt in range(TRIES):
            reply = self.client.ask(text, variables)
            if reply.denied or field in reply.data:
                return reply
            self.client.sleep(2.0**attempt)
        return self.client.ask(text, variables)

    def _pause(self, wait: float, why: str) -> float:
        """Wait, longer each time, as long as the run may last."""
        if self.client.http.host.clock.now() + wait > self._until:
            raise RetriableError(
                f"{self.client.name}: {self.stream} did not come within limits.run_seconds: {why}.",
                "Run the same command again; it goes on where it stopped.",
                system=self.client.name,
                stream=self.stream,
            )
        self.client.sleep(wait)
        return min(wait * 1.5, _LONGEST_WAIT)

    # -- fetch and prove ---------------------------------------------------------------------------------

    def _fetch(self, operation: str, outcome: Outcome, tries: int) -> tuple[Result | None, str]:
        """The proven result, or why there is none. A file that does not prove whole is fetched once more."""
        if outcome.url is None:
            whole = outcome.objects == 0
            return (Result(operation, tries, 0, 0, 0, None), "") if whole else (None, "it counted records but has no file")
        reason = ""
        for _ in range(2):
            try:
                file = self.client.http.download(outcome.url or "")
            except Gone:
                reason, outcome = "its file may not be fetched any more", self._look(operation)
                if outcome.url is None:
                    break
                continue
            try:
                reason, mismatched = self._prove(file, outcome)
            except BaseException:
                file.close()
                raise
            if not reason and (not mismatched or tries >= TRIES):
                return Result(operation, tries, outcome.objects, outcome.roots, mismatched, file), ""
            file.close()
            if not reason:
                return None, f"{mismatched} records brought other numbers of children than they state"
        return None, reason

    def _prove(self, file: Download, outcome: Outcome) -> tuple[str, int]:
        """Compare the file with the operation's own counts: lines, roots, bytes."""
        lines = roots = 0
        check = ChildCheck(self.counts)
        for line in file.lines():
            bare = line.rstrip(b"\r\n")
            if not (bare.startswith(b"{") and bare.endswith(b"}")):
                return "a line of its file is cut", 0
            lines += 1
            roots += PARENT not in bare
            if self.counts:
                try:
                    check.feed(json.loads(bare))
                except (ValueError, KeyError, TypeError):
                    return "a line of its file is no JSON", 0
        if outcome.size is not None and file.size != outcome.size:
            return f"its file has {file.size:,} bytes where {outcome.size:,} were announced", 0
        if lines != outcome.objects:
            return f"its file has {lines:,} lines where {outcome.objects:,} were announced", 0
        if roots != outcome.roots:
            return f"its file has {roots:,} records where {outcome.roots:,} were announced", 0
        return "", check.differ

    def _incomplete(self, message: str) -> IncompleteError:
        return IncompleteError(
            f"{self.client.name}: {message}",
            "Run the same command again; set full_read to pages if it stays so.",
            system=self.client.name,
            stream=self.stream,
        )
