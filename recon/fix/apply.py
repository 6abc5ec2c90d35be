"""Carries a plan out: level by level, each record looked at just before it is written, every step in the journal first.

What holds after any crash: a change without intent was never sent; one with an outcome is settled; one with an intent and no outcome
is unknown, and Salesforce is asked what became of it before anything is sent again.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any

from recon.errors import AuthError, QuotaError, ReconError
from recon.faultpoints import faultpoint
from recon.fix import bulk
from recon.fix.door import ROWS, Answered, Door, Row, Unclear, pieces
from recon.fix.journal import ENDED, Entry, Journal, Result, Standing, follow, jobs, last_request, standings
from recon.fix.plan import Change, FieldChange, Plan, in_order
from recon.fix.values import normal, same

TRANSIENT = frozenset({"UNABLE_TO_LOCK_ROW", "SERVER_UNAVAILABLE", "TXN_SECURITY_METERING_ERROR", "TOO_MANY_APEX_REQUESTS"})
"""Codes of rows that the same row may not meet again a moment later; all others mean what they say."""
HALT = frozenset({"STORAGE_LIMIT_EXCEEDED", "ORG_LOCKED", "INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE"})
"""Codes after which no other row will do better."""
TWICE = frozenset({"DUPLICATE_VALUE", "DUPLICATE_EXTERNAL_ID"})
"""Codes of a new record whose key another one has: Salesforce itself keeps it from being there twice, also when no look-up could."""
TRIES = 5
"""How often a row is sent that meets a lock or whose outcome stayed unclear"""
BACKOFF = (1.0, 4.0, 16.0, 16.0)

CHILDREN: Mapping[str, tuple[tuple[str, str], ...]] = {
    "Order": (("OrderItem", "OrderId"),),
    "Account": (("Order", "AccountId"), ("Contact", "AccountId")),
    "Contact": (("Order", "BillToContactId"),),
    "Product2": (("PricebookEntry", "Product2Id"), ("OrderItem", "Product2Id")),
}
"""What would go with a record, or lose it, when it is deleted: a record of ours that has any is left where it is."""

_chance = random.SystemRandom()


@dataclass(frozen=True)
class Options:
    """How a plan is carried out; the numbers are those of ``[fix]`` in recon.toml."""

    canary: int = 10
    batch: int = ROWS
    bulk_threshold: int = 2000
    error_share: float = 0.05
    consecutive: int = 10
    settle_seconds: float = 60.0


@dataclass
class Outcome:
    """How a run of a plan ended."""

    reason: str
    """finished, or why it stopped, as a sentence"""
    standings: Mapping[str, Standing]
    error: ReconError | None = None

    def count(self, *results: Result) -> int:
        """How many changes ended that way."""
        return sum(one.result in results for one in self.standings.values())

    @property
    def complete(self) -> bool:
        """Whether everything that was planned is now so."""
        return self.error is None and all(one.result in {"done", "already"} for one in self.standings.values())


_OTHERS = "The record is there meanwhile; somebody else made it."


class Halt(Exception):
    """No more is sent; the text is a sentence that says why."""


@dataclass
class Apply:
    """One run over a plan. ``stop`` says whether somebody asked to end; ``progress`` gets how many changes are settled."""

    plan: Plan
    journal: Journal
    door: Door
    user_id: str
    options: Options = field(default_factory=Options)
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    sleep: Callable[[float], Any] = lambda seconds: None
    stop: Callable[[], bool] = lambda: False
    progress: Callable[[int], Any] = lambda settled: None

    def __post_init__(self) -> None:
        self.standing = standings(self.plan, self.journal.entries)
        self._request = last_request(self.journal.entries)
        self._failed = self._in_a_row = 0
        self._touched: set[str] = set()
        """Records that this plan has written, and their parents"""

    # -- the whole ------------------------------------------------------------------------------------

    def run(self) -> Outcome:
        """Settle what is unknown, then everything that is still planned; never raises what the journal can tell."""
        error: ReconError | None = None
        reason = "finished"
        try:
            self._settle()
            self._all()
        except Halt as halt:
            reason = str(halt)
        except (QuotaError, AuthError) as problem:
            error, reason = problem, problem.message
        counts = {word: sum(one.result == word for one in self.standing.values()) for word in sorted({*ENDED, "planned", "unknown"})}
        faultpoint("apply.before_end")
        self.journal.write({"event": "end", "reason": reason, "counts": counts})
        return Outcome(reason, self.standing, error)

    def _all(self) -> None:
        for _, together in groupby(in_order(self.plan.changes), key=lambda one: (one.level, one.object, one.action)):
            waiting = [one for one in together if self.standing[one.id].result == "planned"]
            if not waiting:
                continue
            first, rest = self._canary(waiting)
            self._send(first)
            self._judge_canary(first)
            if len(rest) >= self.options.bulk_threshold:
                for some in pieces(rest, bulk.ROWS):
                    self._check_stop()
                    bulk.send(self, self._ready(some))
            else:
                for batch in self._batches(rest):
                    self._send(batch)

    def _canary(self, waiting: Sequence[Change]) -> tuple[list[Change], list[Change]]:
        """The first few of a kind, unless some of that kind went well before."""
        kind = (waiting[0].object, waiting[0].action)
        known = any(self.standing[one.id].result == "done" for one in self.plan.changes if (one.object, one.action) == kind)
        size = min(self.options.batch, len(waiting) if known else self.options.canary)
        return list(waiting[:size]), list(waiting[size:])

    def _judge_canary(self, first: Sequence[Change]) -> None:
        ends = [self.standing[one.id] for one in first]
        if 2 * sum(one.result == "failed" for one in ends) > len(ends):
            raise Halt(f"most of the first {len(ends):,} records were refused")
        written = [(change, self.standing[change.id]) for change in first if self.standing[change.id].result == "done"]
        if any(self._differing(change, one.after) for change, one in written if one.after is not None):
            raise Halt("the first records do not hold what was written, so something in Salesforce changes it")

    def _batches(self, changes: Sequence[Change]) -> Iterator[list[Change]]:
        """At most ``batch`` changes; those under one parent stay together, so that no two requests wait for one lock."""
        batch: list[Change] = []
        for _, same_parent in groupby(changes, key=lambda one: one.group or one.id):
            family = list(same_parent)
            if batch and len(batch) + len(family) > self.options.batch:
                yield batch
                batch = []
            batch += family
            while len(batch) > self.options.batch:
                yield batch[: self.options.batch]
                batch = batch[self.options.batch :]
        if batch:
            yield batch

    def _check_stop(self) -> None:
        if self.stop():
            raise Halt("interrupted")
        allowed = max(1, int(self.options.error_share * len(self.plan.changes)))
        if self._failed > allowed:
            raise Halt(f"{self._failed:,} records were refused, which is more than {self.options.error_share:.0%} of the plan")
        if self._in_a_row >= self.options.consecutive:
            raise Halt(f"{self._in_a_row:,} records in a row were refused")

    # -- one batch -----------------------------------------------------------------------------------------

    def _send(self, batch: Sequence[Change]) -> None:
        self._check_stop()
        locked = self._once(self._ready(batch))
        for change in locked:
            for wait in BACKOFF:
                self.sleep(wait * _chance.uniform(1.0, 1.25))
                if not self._once(self._ready([change])):
                    break
            else:
                one = self.standing[change.id]
                self._settled(change, "failed", code=one.code, message=one.message, by="answer")
        self.progress(sum(one.result in ENDED for one in self.standing.values()))

    def _once(self, ready: Sequence[tuple[Change, Row, Mapping[str, Any]]]) -> list[Change]:
        """Send what was just looked at; those that met a lock, or of which nothing arrived, come back."""
        if not ready:
            return []
        changes = [change for change, _, _ in ready]
        self.intend(ready, "collections")
        faultpoint("apply.before_send")
        try:
            answers = self.door.write(changes[0].action, changes[0].object, [row for _, row, _ in ready])
        except Unclear:
            faultpoint("apply.unclear")
            self._wait_for(changes)
            return self._look(changes)
        except (QuotaError, AuthError) as error:
            self._write(*(self._entry(change, "planned", code="not_sent", message=error.message) for change in changes))
            raise
        faultpoint("apply.after_answer")
        held = self._made(changes, answers) if changes[0].action == "insert" else None
        if held is not None and not self._are_theirs(changes, answers, held):
            return self._look(changes)
        return self.take(changes, answers, held)

    def _made(self, changes: Sequence[Change], answers: Sequence[Answered]) -> dict[str, dict[str, str | None]]:
        """The new records that were answered, as Salesforce holds them."""
        ids = [str(answer.record_id) for answer in answers if answer.success]
        return self.door.records(changes[0].object, ids, _fields_of(changes)) if ids else {}

    def _are_theirs(self, changes: Sequence[Change], answers: Sequence[Answered], held: Mapping[str, Mapping[str, str | None]]) -> bool:
        """Whether each id belongs to the row in whose place it was answered: an answer in another order looks like a good one."""
        for change, answer in zip(changes, answers, strict=True):
            record = held.get(answer.record_id or "", {})
            wanted = self._values(change, derived=True)
            if answer.success and not all(_key(wanted[name], record.get(name)) for name in change.key):
                return False
        return True

    def intend(self, ready: Sequence[tuple[Change, Row, Mapping[str, Any]]], way: str) -> int:
        """Write down what is about to be sent; returns the number of the request."""
        self._request += 1
        first = ready[0][0]
        faultpoint("apply.before_intent")
        self._write(
            {
                "event": "intent", "request": self._request, "way": way, "verb": first.action, "object": first.object,
                "changes": {change.id: seen for change, _, seen in ready},
            }
        )  # fmt: skip
        faultpoint("apply.after_intent")
        return self._request

    def take(
        self, changes: Sequence[Change], answers: Sequence[Answered], held: Mapping[str, Mapping[str, str | None]] | None = None
    ) -> list[Change]:
        """Write down what Salesforce answered; returns the changes that may be sent again."""
        entries, again = [], []
        for change, answer in zip(changes, answers, strict=True):
            if not answer.success and answer.code in TRANSIENT and self.standing[change.id].tries < TRIES:
                entries.append(self._entry(change, "planned", code=answer.code, message=answer.message, by="answer"))
                again.append(change)
            else:
                entries.append(self._made_before(change, answer) or self._answer(change, answer))
        self._write(*entries)
        faultpoint("apply.after_outcome")
        halted = next((answer.code for answer in answers if answer.code in HALT), None)
        self._read_back([change for change in changes if self.standing[change.id].result == "done"], held)
        if halted:
            raise Halt(f"the org refuses to be written ({halted})")
        return again

    def _made_before(self, change: Change, answer: Answered) -> Entry | None:
        """A new record that was refused because it is there: one that was sent before and arrived late is ours."""
        if answer.success or answer.code not in TWICE or change.action != "insert" or self.standing[change.id].tries < 2:
            return None
        result, record_id, code, message = self._seen_inserts([change])[change.id]
        if result != "done":
            return None
        self._in_a_row = 0
        self._touch(change, record_id)
        return self._entry(change, result, record_id=record_id, code=code, message=message, by="lookup")

    def _answer(self, change: Change, answer: Answered) -> Entry:
        if answer.success:
            self._in_a_row = 0
            self._touch(change, answer.record_id)
            return self._entry(change, "done", record_id=answer.record_id or change.record_id, by="answer")
        self._failed += 1
        self._in_a_row += 1
        return self._entry(change, "failed", code=answer.code, message=answer.message, by="answer")

    def _read_back(self, done: Sequence[Change], held: Mapping[str, Mapping[str, str | None]] | None = None) -> None:
        """What Salesforce holds now: proof that a value arrived, and what a revert compares with."""
        if not done:
            return
        ids = {change.id: str(self.record_id(change)) for change in done}
        found = held if held is not None else self.door.records(done[0].object, ids.values(), _fields_of(done))
        entries: list[Entry] = []
        for change in done:
            record = found.get(ids[change.id])
            if record is None or change.action == "delete":
                continue
            values = {one.field: record.get(one.field) for one in change.fields}
            entries.append({"event": "after", "change": change.id, "fields": values, "modstamp": record["SystemModstamp"]})
        self._write(*entries)
        faultpoint("apply.after_reading")

    # -- looking before ----------------------------------------------------------------------------------

    def _ready(self, batch: Sequence[Change]) -> list[tuple[Change, Row, dict[str, Any]]]:
        """Of a batch what can be sent now; everything else is settled. Reads each record again."""
        able = [change for change in batch if self._has_parents(change)]
        if not able:
            return []
        if able[0].action == "insert":
            return self._ready_inserts(able)
        ids = {change.id: self.record_id(change) for change in able}
        found = self.door.records(able[0].object, [one for one in ids.values() if one], _fields_of(able))
        used = self._used(able) if able[0].action == "delete" else {}
        faultpoint("apply.after_check")
        ready: list[tuple[Change, Row, dict[str, Any]]] = []
        for change in able:
            record = found.get(ids[change.id] or "")
            verdict = self._moved(change, record, used)
            if verdict is not None:
                self._settled(change, *verdict)
                continue
            assert record is not None  # noqa: S101 - _moved has said so
            seen = {"modstamp": record["SystemModstamp"], "before": {one.field: record.get(one.field) for one in change.fields}}
            ready.append((change, Row(self._values(change) if change.action == "update" else {}, record["Id"]), seen))
        return ready

    def _moved(
        self, change: Change, record: Mapping[str, str | None] | None, used: Mapping[str, str]
    ) -> tuple[Result, str, str] | None:  # fmt: skip
        """Why a record is not written: it is gone, is already as planned, or is not what the plan saw."""
        if record is None or record["IsDeleted"] == "true":
            if change.action == "delete":
                return "already", "deleted", "The record is not there any more."
            return "skipped", "deleted", "The record was deleted since the plan was made."
        if change.action == "delete":
            return self._still_ours(change, record, used)
        if not self._differing(change, record):
            return "already", "already", "Salesforce holds the planned values already."
        other = [one.field for one in change.fields if not same(one.type, one.before, record.get(one.field))]
        if other:
            return "skipped", "changed", f"Changed since the plan was made: {', '.join(other)}."
        moved = change.modstamp is not None and normal("datetime", change.modstamp) != normal("datetime", record["SystemModstamp"])
        if moved and not (record["LastModifiedById"] == self.user_id and record["Id"] in self._touched_ids()):
            return "skipped", "changed", "Somebody changed the record since the plan was made."
        return None

    def _still_ours(self, change: Change, record: Mapping[str, str | None], used: Mapping[str, str]) -> tuple[Result, str, str] | None:
        """Whether a record that we made may go: it is as we left it, and nothing of others hangs on it."""
        other = [one.field for one in change.fields if not same(one.type, one.before, record.get(one.field))]
        if other:
            return "skipped", "changed", f"Changed since we made it: {', '.join(other)}."
        child = used.get(str(record["Id"]))
        return ("skipped", "used", f"Records of {child} hang on it now.") if child else None

    def _used(self, changes: Sequence[Change]) -> dict[str, str]:
        """Record that is to be deleted → an object of which records hang on it that are not deleted with it."""
        ids = sorted({str(self.record_id(change)) for change in changes})
        gone = {str(self.record_id(one)) for one in self.plan.changes if one.action == "delete"}
        account = self.door.catalogue.object("Account")
        people: set[str] = set()  # the contact of a person account is a part of it
        if changes[0].object == "Account" and account is not None and account.field("PersonContactId"):
            held = self.door.records("Account", ids, ["PersonContactId"])
            people = {record_id for record_id, one in held.items() if one["PersonContactId"]}
        found: dict[str, str] = {}
        for child, reference in sorted({*CHILDREN.get(changes[0].object, ()), *self._children(changes[0].object)}):
            if self.door.catalogue.object(child) is None:
                continue
            for record in self.door.matching(child, [reference], [{reference: one} for one in ids]):
                parent = str(record[reference])
                if record["Id"] not in gone and not (child == "Contact" and parent in people):
                    found.setdefault(parent, child)
        return found

    def _children(self, name: str) -> Iterator[tuple[str, str]]:
        """Fields of the objects of this plan that lead to an object."""
        for child in {change.object for change in self.plan.changes}:
            described = self.door.catalogue.object(child)
            for one in described.fields.values() if described is not None else ():
                if one.targets == (name,):
                    yield child, one.name

    def _ready_inserts(self, able: Sequence[Change]) -> list[tuple[Change, Row, dict[str, Any]]]:
        there = self._found(able)
        faultpoint("apply.after_check")
        ready: list[tuple[Change, Row, dict[str, Any]]] = []
        for change in able:
            if there[change.id]:
                sent = self.standing[change.id].tries > 0  # one that was sent before may have arrived late
                result, record_id, code, message = self._whose(there[change.id]) if sent else ("skipped", None, "exists", _OTHERS)
                if result == "done":
                    self._touch(change, record_id)
                self._settled(change, result, code, message, record_id=record_id, by="lookup" if sent else "check")
            else:
                ready.append((change, Row(self._values(change)), {}))
        return ready

    def _found(self, inserts: Sequence[Change]) -> dict[str, list[dict[str, str | None]]]:
        """For each insert the records that have its key."""
        found: dict[str, list[dict[str, str | None]]] = {change.id: [] for change in inserts}
        for key, together in groupby(sorted(inserts, key=lambda one: one.key), key=lambda one: one.key):
            some = list(together)
            wanted = {change.id: {name: self._values(change, derived=True)[name] for name in key} for change in some}
            held = self.door.matching(some[0].object, key, [{name: one[name][1] for name in key} for one in wanted.values()])
            for change in some:
                fits = (one for one in held if all(_key(wanted[change.id][name], one[name]) for name in key))
                found[change.id] = list(fits)
        return found

    def _has_parents(self, change: Change) -> bool:
        for parent in change.depends:
            result = self.standing[parent].result
            if result not in {"done", "already"}:
                label = self.plan.get(parent).label
                self._settled(change, "skipped", "parent", f"It needs {label}, which is {'still open' if result == 'planned' else result}.")
                return False
        return True

    # -- looking after ---------------------------------------------------------------------------------------

    def _settle(self) -> None:
        """Find out what became of every change whose outcome is unknown."""
        unknown = [change for change in in_order(self.plan.changes) if self.standing[change.id].result == "unknown"]
        if not unknown:
            return
        known = jobs(self.journal.entries)
        for request, together in groupby(sorted(unknown, key=lambda one: self.standing[one.id].request or 0), key=self._of):
            some = list(together)
            if self.standing[some[0].id].way == "bulk" and bulk.settle(self, some, known.get(request)):
                continue
            self._wait_for(some)
            self._look(some)
            faultpoint("apply.after_settling")

    def _of(self, change: Change) -> int:
        return self.standing[change.id].request or 0

    def _wait_for(self, changes: Sequence[Change]) -> None:
        """A request that was under way when we died may still be worked on: give it time before believing that it did nothing."""
        begun = max(datetime.fromisoformat(self.standing[change.id].at) for change in changes)
        left = begun + timedelta(seconds=self.options.settle_seconds) - self.now()
        if left > timedelta(0):
            self.sleep(left.total_seconds())

    def _look(self, changes: Sequence[Change]) -> list[Change]:
        """Ask Salesforce what became of changes; returns those that were not carried out and may be sent again."""
        again: list[Change] = []
        entries: list[Entry] = []
        for (_, action), together in groupby(changes, key=lambda one: (one.object, one.action)):
            some = list(together)
            verdicts = self._seen_inserts(some) if action == "insert" else self._seen_records(some)
            for change in some:
                result, record_id, code, message = verdicts[change.id]
                if result == "planned" and self.standing[change.id].tries >= TRIES:
                    result, code, message = "failed", "UNCLEAR", "Sent several times without an answer, and not carried out."
                    self._failed += 1
                if result == "planned":
                    again.append(change)
                if result == "done":
                    self._touch(change, record_id)
                entries.append(self._entry(change, result, record_id=record_id, code=code, message=message, by="lookup"))
        self._write(*entries)
        return again

    def _seen_records(self, changes: Sequence[Change]) -> dict[str, tuple[Result, str | None, str, str]]:
        ids = {change.id: str(self.record_id(change)) for change in changes}
        found = self.door.records(changes[0].object, ids.values(), _fields_of(changes))
        verdicts: dict[str, tuple[Result, str | None, str, str]] = {}
        for change in changes:
            record, one = found.get(ids[change.id]), self.standing[change.id]
            gone = record is None or record["IsDeleted"] == "true"
            if change.action == "delete":
                verdicts[change.id] = ("done" if gone else "planned", ids[change.id], "", "")
            elif record is None or gone:
                verdicts[change.id] = ("skipped", ids[change.id], "deleted", "The record was deleted meanwhile.")
            elif not self._differing(change, record):
                verdicts[change.id] = ("done", ids[change.id], "", "")
            elif normal("datetime", record["SystemModstamp"]) == normal("datetime", one.modstamp):
                verdicts[change.id] = ("planned", ids[change.id], "", "")
            else:
                verdicts[change.id] = ("skipped", ids[change.id], "changed", "Somebody changed the record meanwhile.")
        return verdicts

    def _seen_inserts(self, changes: Sequence[Change]) -> dict[str, tuple[Result, str | None, str, str]]:
        return {change_id: self._whose(found) for change_id, found in self._found(changes).items()}

    def _whose(self, found: Sequence[Mapping[str, str | None]]) -> tuple[Result, str | None, str, str]:
        """What records that have the key of a new one say of it, once it was sent."""
        ours = [one for one in found if one["CreatedById"] == self.user_id]
        if len(ours) == 1:
            return "done", ours[0]["Id"], "", ""
        return ("skipped", None, "exists", _OTHERS) if found else ("planned", None, "", "")

    def look(self, changes: Sequence[Change]) -> list[Change]:
        """Ask Salesforce what became of changes that nobody told about; returns those that may be sent again."""
        return self._look(changes) if changes else []

    def undone(self, changes: Sequence[Change]) -> None:
        """Write down that changes were certainly not carried out."""
        self._write(*(self._entry(change, "planned", code="not_sent", by="answer") for change in changes))

    def again(self, changes: Sequence[Change]) -> None:
        """Send what a job left, as single calls of Collections."""
        for batch in self._batches(changes):
            self._send(batch)

    # -- small things -------------------------------------------------------------------------------------------

    def record_id(self, change: Change) -> str | None:
        """The Salesforce id of the record that a change is about; None before it is made."""
        made = self.standing[change.made_by].record_id if change.made_by else None
        return change.record_id or made or self.standing[change.id].record_id

    def _values(self, change: Change, *, derived: bool = False) -> dict[str, tuple[str, str | None]]:
        """field → (type, value), with the ids of records that were made meanwhile."""
        return {one.field: (one.type, self._after(one)) for one in change.fields if derived or not one.derived}

    def values(self, change: Change) -> dict[str, tuple[str, str | None]]:
        """The same for those who send."""
        return self._values(change)

    def _after(self, one: FieldChange) -> str | None:
        return self.standing[one.made_by].record_id if one.made_by else one.after

    def _differing(self, change: Change, record: Mapping[str, str | None] | None) -> list[str]:
        """Fields in which a record is not as planned."""
        if record is None:
            return [one.field for one in change.fields]
        return [one.field for one in change.fields if not one.derived and not same(one.type, self._after(one), record.get(one.field))]

    def _touched_ids(self) -> set[str]:
        if not self._touched:
            for change in self.plan.changes:
                if self.standing[change.id].result == "done":
                    self._touch(change, self.standing[change.id].record_id)
        return self._touched

    def _touch(self, change: Change, record_id: str | None) -> None:
        self._touched |= {str(record_id or change.record_id), change.group}
        for one in change.fields:
            if one.type == "reference" and self._after(one):
                self._touched.add(str(self._after(one)))

    def _settled(
        self, change: Change, result: Result, code: str = "", message: str = "", *, record_id: str | None = None, by: str = "check"
    ) -> None:
        if result == "failed":
            self._failed += 1
        self._write(self._entry(change, result, record_id=record_id or self.record_id(change), code=code, message=message, by=by))

    @staticmethod
    def _entry(change: Change, result: Result, *, record_id: str | None = None, code: str = "", message: str = "", by: str = "") -> Entry:
        return {
            "event": "outcome", "change": change.id, "result": result, "record_id": record_id, "code": code, "message": message, "by": by,
        }  # fmt: skip

    def _write(self, *entries: Entry) -> None:
        if entries:
            self.journal.write(*entries)
            for entry in self.journal.entries[-len(entries) :]:
                follow(self.standing, entry)


def _fields_of(changes: Sequence[Change]) -> list[str]:
    return sorted({one.field for change in changes for one in change.fields})


def _key(wanted: tuple[str, str | None], held: str | None) -> bool:
    """Text keys are the same regardless of case, as Salesforce compares unique fields by default."""
    kind, value = wanted
    one, other = normal(kind, value), normal(kind, held)
    return bool(
        one.lower() == other.lower()
        if isinstance(one, str) and isinstance(other, str) and kind not in {"reference", "id"}
        else one == other
    )
