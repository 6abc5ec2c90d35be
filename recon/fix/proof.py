"""What became of the findings that a plan was for, by an audit of what was read after it was applied."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from recon.audit import history
from recon.audit.proofs import FILE_NAME
from recon.audit.result import OPEN_STATES, AuditResult
from recon.fix.journal import Standing
from recon.fix.plan import Plan, folder_of
from recon.snapshot.files import write_json

Verdict = Literal["fixed", "still_open", "changed_meanwhile", "not_done", "unknown"]


@dataclass(frozen=True)
class Proven:
    """One finding of a plan after the next audit."""

    finding: str
    rule: str
    label: str
    verdict: Verdict
    reason: str = ""


def judge(plan: Plan, standings: Mapping[str, Standing], run_id: str, state_dir: Path) -> list[Proven]:
    """Each finding of a plan against the findings of a later run; kept beside the plan."""
    with history.opened(state_dir) as store:
        result = store.result(run_id, 0)
        found = {one.finding_id: one.state for one in store.findings(run_id, result, "f.state <> 'resolved'", None)}
    proven = [_one(plan, standings, finding, found, _silent(result)) for finding in plan.findings]
    write_json(folder_of(state_dir, plan.id) / FILE_NAME, {"plan": plan.id, "run": run_id, "findings": [asdict(one) for one in proven]})
    return proven


def _silent(result: AuditResult) -> set[str]:
    """Rules that gave no answer in the run: their silence proves nothing."""
    return {rule.id for rule in result.rules if rule.state not in {"findings", "clean"}}


def _one(plan: Plan, standings: Mapping[str, Standing], finding: str, found: Mapping[str, str], silent: Iterable[str]) -> Proven:
    changes = [change for change in plan.changes if finding in change.findings]
    rule, label = next((rule for rule in changes[0].rules), ""), changes[0].label
    ends = [standings[change.id] for change in changes]
    undone = next((one for one in ends if one.result not in {"done", "already"}), None)
    if rule in silent:
        return Proven(finding, rule, label, "unknown", "Its rule gave no answer in the audit.")
    if found.get(finding) == "unknown":
        return Proven(finding, rule, label, "unknown", "Its rule could not look at it in the audit.")
    if found.get(finding) == "waived":
        return Proven(finding, rule, label, "unknown", "It is waived, so that the audit does not say whether it is still there.")
    if found.get(finding) in OPEN_STATES:
        if undone is None:
            return Proven(finding, rule, label, "still_open", "Everything was written, and the rule finds it all the same.")
        moved = any(one.code in {"changed", "exists", "deleted"} for one in ends)
        return Proven(finding, rule, label, "changed_meanwhile" if moved else "not_done", undone.message)
    if undone is not None:
        return Proven(finding, rule, label, "changed_meanwhile", "It is right now, although not everything was written by us.")
    return Proven(finding, rule, label, "fixed")
