"""What plans of corrections add to a result: what would be written beside each finding, and who made a resolved one go away."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from recon.audit import plans, proofs
from recon.audit import result as audit
from recon.report import mask
from recon.report.model import Corrected, Finding, PlanInfo, Planned, PlannedValue, PlannedWrite, Result


@dataclass(frozen=True)
class Corrections:
    """Plans as one run sees them."""

    made: list[plans.Plan]
    planned: Mapping[str, plans.Planned]
    written: Mapping[str, str]
    notes: list[str]
    show_personal: bool

    def told(self, item: Finding) -> Finding:
        """The finding with what is planned for it, or with the plan that corrected it."""
        if item.state == "resolved":
            return item.model_copy(update={"corrected_by": self.written.get(item.finding_id)})
        one = self.planned.get(item.finding_id)
        return item if one is None else item.model_copy(update={"planned": _planned(one, show_personal=self.show_personal)})

    def infos(self) -> list[PlanInfo]:
        """The plans with their counts; one that a newer plan replaces wholly is left out."""
        counts: Counter[tuple[str, str]] = Counter((one.plan, one.state) for one in self.planned.values())
        named = {plan for plan, _ in counts}
        return [
            PlanInfo(id=plan.id, changes=plan.changes, **{state: count for (name, state), count in counts.items() if name == plan.id})
            for plan in self.made
            if plan.id in named
        ]


def of_run(state_dir: Path, source: audit.AuditResult, *, show_personal: bool) -> Corrections:
    """Everything that plans say of a run. A plan that cannot be read is a note, not an error."""
    made, notes = plans.load(state_dir)
    earlier = [point.as_of for point in source.trend if point.run_id != source.run.id and point.as_of < source.run.as_of]
    written = plans.written(made, max(earlier, default=None), source.run.as_of)
    return Corrections(made, plans.of_run(made, source.run.id), written, notes, show_personal)


def attach(result: Result, found: Corrections, state_dir: Path) -> Result:
    """The result with its corrections; findings that are streamed beside it go through :meth:`Corrections.told` too."""
    return result.model_copy(
        update={
            "findings": [found.told(item) for item in result.findings],
            "resolved": [found.told(item) for item in result.resolved],
            "plans": found.infos(),
            "corrections": [Corrected(**asdict(one)) for one in proofs.of_run(state_dir, result.run.id)],
            "run": result.run.model_copy(update={"notes": [*result.run.notes, *found.notes]}),
        }
    )


def _planned(one: plans.Planned, *, show_personal: bool) -> Planned:
    return Planned(
        plan=one.plan,
        state=one.state,
        reason=one.reason if show_personal else mask.text(one.reason),
        writes=[_write(write, show_personal=show_personal) for write in one.writes],
    )


def _write(write: plans.Write, *, show_personal: bool) -> PlannedWrite:
    def seen(field: str, text: str | None) -> str | None:
        return text if show_personal or text is None else mask.anything(field, text, {})

    values = [
        PlannedValue(field=one.field, before=seen(one.field, one.before), after=seen(one.field, one.after), made_by=one.made_by)
        for one in write.values
    ]
    return PlannedWrite(action=write.action, object=write.object, record_id=write.record_id, values=values)
