"""`recon fix`: findings into a plan, the plan into Salesforce, and back."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from recon.cli._common import echo_table, emit_json, json_option, plain, talk, warn, with_settings
from recon.config.settings import SEVERITIES, Settings
from recon.errors import ExitCode

if TYPE_CHECKING:
    from recon.fix.apply import Outcome
    from recon.fix.plan import Plan
    from recon.fix.proof import Proven

PAGE = 5000
"""Changes that plan.html holds"""
SHOWN = 40
"""Changes that are shown where nobody asked for all of them"""


@click.group("fix")
def command() -> None:
    """Correct Salesforce by a plan: make one, look at it, apply it with --confirm, take it back."""


@command.command("plan")
@with_settings
@json_option
@click.option("--rule", "rules", multiple=True, help="Only findings of this rule; may be given several times.")
@click.option("--finding", "findings", multiple=True, help="Only this finding, by the beginning of its id; may be given several times.")
@click.option("--severity", type=click.Choice(SEVERITIES), default=None, help="Only this severity and worse ones.")
@click.option("--limit", type=click.IntRange(1), default=None, help="Only so many findings, the worst first.")
@click.option("--safe", "safe_only", is_flag=True, help="Only corrections that follow from the data alone.")
@click.option("--run", "run_id", default=None, help="Run whose findings are corrected [default: the latest].")
def plan_command(
    settings: Settings, as_json: bool, rules: tuple[str, ...], findings: tuple[str, ...], severity: str | None, limit: int | None,
    safe_only: bool, run_id: str | None,
) -> int:  # fmt: skip
    """Make a plan for the open findings of a run. Reads Salesforce, writes nothing.

    The report of the run then shows it beside the findings. Its id is printed last. What cannot be planned is in it with
    its reason. Ends with 0, also where nothing can be planned.
    """
    from recon.fix.files import write_merges
    from recon.fix.plan import Question, save
    from recon.fix.planner import make, open_door
    from recon.report import write_all

    question = Question(rules=tuple(sorted(rules)), findings=tuple(sorted(findings)), severity=severity, limit=limit, safe_only=safe_only)
    door = open_door(settings)
    try:
        plan = make(settings, question, door, run_id=run_id)
    finally:
        door.close()
    path = save(settings.state_dir, plan)
    merges = write_merges(path.parent, plan)
    page = write_all(settings, plan.run_id)
    if as_json:
        emit_json(plan.model_dump(mode="json"))
        return int(ExitCode.CLEAN)
    _show(plan, changes=False)
    if merges is not None:
        talk(f"{len(plan.merges):,} proposals to merge duplicates: {merges}")
    talk(f"Kept as {path}; look at it with `recon fix show {plan.id}`, or beside the findings in {page}.")
    click.echo(plan.id)
    return int(ExitCode.CLEAN)


@command.command("show")
@with_settings
@json_option
@click.argument("plan_id", metavar="[PLAN]", default=None, required=False)
@click.option("--all", "everything", is_flag=True, help=f"Every change, not only the first {SHOWN}.")
@click.option("--html", "as_html", is_flag=True, help="Write plan.html beside the plan and print its path.")
def show_command(settings: Settings, as_json: bool, plan_id: str | None, everything: bool, as_html: bool) -> int:
    """Show what a plan would write, field by field, and what it leaves out and why."""
    from recon.fix.plan import find

    plan = find(settings.state_dir, plan_id)
    if as_html:
        click.echo(str(_page(settings, plan)))
    elif as_json:
        emit_json(plan.model_dump(mode="json"))
    else:
        _show(plan, most=None if everything else SHOWN)
    return int(ExitCode.CLEAN)


@command.command("apply")
@with_settings
@json_option
@click.argument("plan_id", metavar="PLAN")
@click.option("--confirm", is_flag=True, help="Write. Without it the plan is only shown.")
@click.option("--max-rows", type=click.IntRange(1), default=None, help="Changes that may be written at once, above fix.max_rows.")
@click.option("--proof/--no-proof", default=True, help="Read and audit again afterwards, to see what is fixed.  [default: proof]")
def apply_command(settings: Settings, as_json: bool, plan_id: str, confirm: bool, max_rows: int | None, proof: bool) -> int:
    """Write a plan to Salesforce: only what it lists, and only what is still as the plan saw it.

    Ends with 0 when every change was made, with 4 when some were skipped, refused or not sent, with 75 when another
    run writes or the API calls are spent; `recon fix resume` goes on.
    """
    from recon.fix.plan import find

    return _write(settings, find(settings.state_dir, plan_id), as_json=as_json, confirm=confirm, max_rows=max_rows, proof=proof)


@command.command("resume")
@with_settings
@json_option
@click.argument("plan_id", metavar="PLAN")
@click.option("--confirm", is_flag=True, help="Write. Without it the plan is only shown.")
@click.option("--max-rows", type=click.IntRange(1), default=None, help="Changes that may be written at once, above fix.max_rows.")
@click.option("--proof/--no-proof", default=True, help="Read and audit again afterwards, to see what is fixed.  [default: proof]")
def resume_command(settings: Settings, as_json: bool, plan_id: str, confirm: bool, max_rows: int | None, proof: bool) -> int:
    """Go on with a plan that was interrupted. What may or may not have been written is looked up in Salesforce first."""
    from recon.fix.plan import find

    return _write(
        settings, find(settings.state_dir, plan_id), as_json=as_json, confirm=confirm, max_rows=max_rows, proof=proof, resume=True
    )


@command.command("revert")
@with_settings
@json_option
@click.argument("plan_id", metavar="PLAN")
@click.option("--confirm", is_flag=True, help="Write. Without it only what would be done is shown.")
@click.option("--max-rows", type=click.IntRange(1), default=None, help="Changes that may be written at once, above fix.max_rows.")
@click.option("--proof/--no-proof", default=True, help="Read and audit again afterwards, to see what is fixed.  [default: proof]")
def revert_command(settings: Settings, as_json: bool, plan_id: str, confirm: bool, max_rows: int | None, proof: bool) -> int:
    """Take a plan back: restore what is still as we left it, and delete what we inserted and nobody uses."""
    from recon.fix.plan import find
    from recon.fix.session import revert_of

    made = revert_of(settings, find(settings.state_dir, plan_id))
    return _write(settings, made, as_json=as_json, confirm=confirm, max_rows=max_rows, proof=proof)


@command.command("status")
@with_settings
@json_option
@click.argument("plan_id", metavar="[PLAN]", default=None, required=False)
def status_command(settings: Settings, as_json: bool, plan_id: str | None) -> int:
    """How plans stand: what was made, skipped, refused, and what nobody knows until `recon fix resume` asks."""
    from recon.fix.session import status

    rows = []
    for told in status(settings, plan_id):
        state = "new" if not told.begun else "interrupted" if told.ended is None else told.ended
        counts = [told.count("done", "already"), told.count("skipped"), told.count("failed"), told.count("planned"), told.count("unknown")]
        rows.append((told.plan.id, told.plan.kind, *counts, state))
    names = ("plan", "kind", "done", "skipped", "failed", "open", "unknown", "state")
    if as_json:
        emit_json([dict(zip(names, row, strict=True)) for row in rows])
    else:
        echo_table(names, rows, right=(2, 3, 4, 5, 6))
    return int(ExitCode.CLEAN)


def _page(settings: Settings, plan: Plan) -> Path:
    """The plan as a page that opens anywhere; the same plan gives the same bytes."""
    from recon.fix.plan import folder_of, summary
    from recon.report.files import write
    from recon.report.html import page
    from recon.report.words import Words

    reasons = Counter((one.rule, one.reason) for one in plan.unplanned)
    values = {
        "title": settings.title, "plan": plan, "as_of": plan.data_as_of.isoformat(),
        "changes": plan.changes[:PAGE], "summary": summary(plan), "reasons": sorted(reasons.items()),
    }  # fmt: skip
    return write(folder_of(settings.state_dir, plan.id) / "plan.html", [page("plan.html", Words(settings.report.locale), values)])


def _write(settings: Settings, plan: Plan, *, as_json: bool, confirm: bool, max_rows: int | None, proof: bool, resume: bool = False) -> int:
    from recon.fix.session import carry_out

    if not confirm:
        _show(plan, most=SHOWN)
        talk("Nothing was written. Say --confirm to write it.")
        return int(ExitCode.CLEAN)
    outcome = carry_out(
        settings,
        plan,
        resume=resume,
        max_rows=max_rows,
        progress=lambda settled: talk(f"  {settled:,} of {len(plan.changes):,}", verbose=True),
    )
    proven = _prove(settings, plan, outcome) if proof and outcome.count("done") else None
    _tell(settings, plan, outcome, proven, as_json=as_json)
    return _exit_code(outcome)


def _prove(settings: Settings, plan: Plan, outcome: Outcome) -> list[Proven]:
    """Read what changed, run the rules again, and say what became of the plan's findings; the report shows it too."""
    from recon.audit.run import audit
    from recon.cli._progress import snapshot_progress
    from recon.fix.proof import judge
    from recon.report import write_all
    from recon.snapshot.lock import WorkspaceLock
    from recon.snapshot.run import Request, take

    talk("Reading what changed and running the rules again …")
    with WorkspaceLock(settings.state_dir, "recon fix"):
        with snapshot_progress() as progress:
            taken = take(settings, Request(), progress=progress)
        result = audit(settings, taken.folder, limit=0)
        proven = judge(plan, outcome.standings, result.run.id, settings.state_dir)
        path = write_all(settings, result.run.id)
    talk(f"Report: {path}")
    return proven


def _exit_code(outcome: Outcome) -> int:
    if outcome.error is not None:
        return int(outcome.error.exit_code)
    if outcome.reason == "interrupted":
        return int(ExitCode.INTERRUPTED)
    return int(ExitCode.CLEAN if outcome.complete else ExitCode.CORRECTIONS)


def _tell(settings: Settings, plan: Plan, outcome: Outcome, proven: list[Proven] | None, *, as_json: bool) -> None:
    from recon.fix.files import FOLDER
    from recon.fix.plan import folder_of

    words = ("done", "already", "skipped", "failed", "planned", "unknown")
    counts: dict[str, Any] = {word: outcome.count(word) for word in words}  # type: ignore[arg-type]
    if as_json:
        findings = None if proven is None else [asdict(one) for one in proven]
        emit_json({"plan": plan.id, "reason": outcome.reason, **counts, "findings": findings})
    elif proven is not None:
        ends = Counter((one.rule, one.verdict, one.reason) for one in proven)
        rows = [(rule, verdict.replace("_", " "), count, why) for (rule, verdict, why), count in sorted(ends.items())]
        echo_table(("rule", "after the next audit", "findings", "why"), rows, right=(2,))
    if outcome.reason != "finished":
        warn(f"recon: Writing stopped: {outcome.reason}{'' if outcome.reason.endswith('.') else '.'}")
    said = (
        f"{counts['done']:,} written, {counts['already']:,} were right already, {counts['skipped']:,} skipped, {counts['failed']:,} refused"
    )
    talk(f"{said}, {counts['planned'] + counts['unknown']:,} not sent. Files: {folder_of(settings.state_dir, plan.id) / FOLDER}")


def _show(plan: Plan, *, changes: bool = True, most: int | None = SHOWN) -> None:
    from recon.fix.plan import summary
    from recon.fix.planner import describe

    if changes:
        for change in plan.changes[:most]:
            for line in describe(change):
                click.echo(plain(line))
        if most is not None and len(plan.changes) > most:
            click.echo(f"… {len(plan.changes) - most:,} more; --all shows them.")
    reasons: dict[tuple[str, str, str], int] = {}
    for one in plan.unplanned:
        reasons[one.rule, one.code, one.reason] = reasons.get((one.rule, one.code, one.reason), 0) + 1
    if reasons:
        echo_table(
            ("not planned", "findings", "why"), [(rule, count, why) for (rule, _, why), count in sorted(reasons.items())], right=(1,)
        )
    if plan.changes and plan.automation is None:
        talk("Which triggers and flows will run cannot be told: the user may not see them. They cannot be switched off by an API.")
    for runs in plan.automation or ():
        click.echo(plain(f"will run: {runs.kind} {runs.name} on {runs.object}"))
    click.echo(summary(plan))
