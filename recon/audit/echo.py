"""What recon itself wrote comes back in the history objects of the org: that is no conflict of ownership, whoever the user is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from recon.audit import corrections
from recon.audit.corrections import Written
from recon.audit.judge import Bench
from recon.errors import StoreError

RULE = "sync.ownership_conflict"
_CLOCKS = timedelta(minutes=10)
"""How far the clock of an org may be off ours"""
_LONGEST = timedelta(hours=1)
"""From sending a change to its place in the history, with all tries again"""

_FINDINGS = """
select
  f.finding_id,
  f.salesforce_id,
  f.discriminator,
  cast(json_extract_string(f.evidence, '$.changes') as bigint) as changes
from scratch.findings as f
where f.rule = $rule and f.salesforce_id is not null and f.discriminator is not null
"""

# A user that writes for an owner is no stranger to begin with, so that his changes are not among those that were counted.
_CHANGES = """
select
  h.parent_id,
  h.column_name,
  h.field,
  h.changed_by,
  h.changed_at
from field_changes as h
where h.column_name is not null and h.changed_by is not null and h.changed_at is not null and len(coalesce(h.acts_for, [])) = 0
  and h.parent_id in (select unnest($records))
"""


def drop(bench: Bench, state_dir: Path) -> tuple[str, ...]:
    """Take away the conflicts of ownership that are corrections of ours and nothing else; a sentence that says how many, if any.

    A change is ours where a journal says that a plan wrote this field of this record, with this user, at this time. A finding that
    holds one change more than ours stays.
    """
    findings = bench.rows(_FINDINGS, {"rule": RULE})
    if not findings:
        return ()
    records = sorted({str(record) for _, record, _, _ in findings})
    try:
        written = [one for one in corrections.of_records(state_dir, records) if one.at and one.result in {"done", "already", "unknown"}]
    except StoreError as error:
        return (f"Corrections of recon could not be told from changes of others: {error.message}",)
    if not written:
        return ()
    ours = _ours(bench.rows(_CHANGES, {"records": records}), written)
    echoes = [finding for finding, record, column, changes in findings if changes and changes <= ours[record, column]]
    if not echoes:
        return ()
    bench.rows("delete from scratch.findings where finding_id in (select unnest($echoes))", {"echoes": echoes})
    if len(echoes) == 1:
        return ("1 change of a field was a correction of recon, and is no conflict of ownership.",)
    return (f"{len(echoes):,} changes of fields were corrections of recon, and are no conflicts of ownership.",)


def _ours(changes: Iterable[tuple[str, str, str, str, datetime]], written: Iterable[Written]) -> Counter[tuple[str, str]]:
    """(record, column) → how many of its changes our journals know."""
    known: dict[tuple[str, str, str], list[datetime]] = {}
    for one in written:
        known.setdefault((one.record_id, _name(one.field), one.user), []).append(datetime.fromisoformat(str(one.at)).astimezone(UTC))
    found: Counter[tuple[str, str]] = Counter()
    for record, column, field, user, changed_at in changes:
        moment = changed_at.replace(tzinfo=UTC)
        if any(-_CLOCKS <= moment - sent <= _LONGEST for sent in known.get((record, _name(field), user), ())):
            found[record, column] += 1
    return found


def _name(field: str) -> str:
    """Histories name a standard lookup without the Id at its end."""
    return field.lower().removesuffix("id")
