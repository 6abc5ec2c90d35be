"""plan.json: what is going to be written, record by record and field by field, and what is not and why.

A plan is made once and never changed: its digest covers everything in it, and its id is made of the digest. The same snapshot, org and
question give the same bytes. Format in docs/plan-schema.json.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from recon.errors import PlanError, UsageError
from recon.snapshot.files import make_directory, write_atomic
from recon.snapshot.manifest import Instant

FORMAT = 1
FOLDER = "plans"
FILE_NAME = "plan.json"

Safety = Literal["safe", "review"]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FieldChange(_Model):
    """One field. Values are text as Bulk API writes them (numbers with a point, true and false, times in UTC); null is blank."""

    field: str = Field(description="API name.")
    type: str = Field(description="Type that describe gives it.")
    before: str | None = Field(None, description="What Salesforce held when the plan was made; null also for a new record.")
    after: str | None = Field(None, description="What it shall hold.")
    made_by: str | None = Field(None, description="Change whose new record's id is the value.")
    derived: bool = Field(False, description="Salesforce computes it from the other fields: it takes part in keys and is never sent.")


class Change(_Model):
    """One record that is made or changed."""

    id: str = Field(description="c0001, c0002, … in the order of writing.")
    level: int = Field(description="Changes of a level are written after all of the levels below.")
    action: Literal["insert", "update", "delete"] = Field(
        description="delete occurs only where a plan takes back what another plan inserted."
    )
    object: str = Field(description="API name of the object.")
    entity: str = Field(description="Canonical table.")
    record_id: str | None = Field(None, description="The record that is changed.")
    made_by: str | None = Field(None, description="Change that makes the record, where it is not there yet.")
    key: tuple[str, ...] = Field(
        (), description="For a new record: fields that tell whether it is there already; together they are unique."
    )
    label: str = Field(description="What a person calls the record.")
    fields: tuple[FieldChange, ...]
    modstamp: str | None = Field(None, description="SystemModstamp of the record when the plan was made.")
    group: str = Field("", description="Parent whose lock Salesforce takes; changes of one group are written together.")
    depends: tuple[str, ...] = Field((), description="Changes that must have succeeded before.")
    safety: Safety = Field(description="safe: follows from the data alone; review: somebody should look.")
    rules: tuple[str, ...] = Field((), description="Rules that asked for it.")
    findings: tuple[str, ...] = Field((), description="Findings that it corrects, wholly or in part.")


class Unplanned(_Model):
    """A finding that this plan does not correct, and why."""

    finding: str
    rule: str
    label: str
    code: str = Field(description="Kind of reason, one word for grouping.")
    reason: str = Field(description="Sentence for a person.")


class Candidate(_Model):
    """One record of a group of duplicates."""

    record_id: str
    fields: dict[str, str | None]


class Merge(_Model):
    """A proposal to merge duplicates; recon never merges."""

    finding: str
    rule: str
    object: str
    survivor: str
    losers: tuple[str, ...]
    choices: dict[str, str] = Field(description="Field → record whose value should stay.")
    candidates: tuple[Candidate, ...]
    reason: str


class Automation(_Model):
    """Something in Salesforce that runs when records are written; no API switches it off."""

    object: str
    kind: Literal["trigger", "flow"]
    name: str


class Question(_Model):
    """What was asked for."""

    rules: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()
    severity: str | None = None
    limit: int | None = None
    safe_only: bool = False


class Plan(_Model):
    """All of it."""

    format: Literal[1] = 1
    id: str = Field(description="Time of the data and the beginning of the digest.")
    digest: str = Field(description="SHA-256 over everything but id and digest, as JSON with sorted keys and without blanks.")
    kind: Literal["correction", "revert"] = "correction"
    reverts: str | None = Field(None, description="The plan that this one takes back.")
    system: str = Field(description="Name of the org in recon.toml.")
    org_id: str
    user_id: str = Field(description="User that the plan was made as, and that must apply it.")
    api_version: str
    run_id: str = Field(description="Audit whose findings are corrected.")
    snapshot_id: str
    data_as_of: Instant = Field(description="Moment of the data; the age of a plan counts from here.")
    rules_digest: str
    mapping_digest: str
    question: Question
    changes: tuple[Change, ...]
    unplanned: tuple[Unplanned, ...] = ()
    merges: tuple[Merge, ...] = ()
    automation: tuple[Automation, ...] | None = Field(
        None, description="Active triggers and flows of the objects that are written; null where the user may not see them."
    )

    @property
    def findings(self) -> tuple[str, ...]:
        """Findings that are corrected, each once."""
        return tuple(dict.fromkeys(finding for change in self.changes for finding in change.findings))

    def get(self, change_id: str) -> Change:
        """A change by its id."""
        return self._by_id[change_id]

    @property
    def _by_id(self) -> dict[str, Change]:
        found: dict[str, Change] | None = self.__dict__.get("_index")
        if found is None:
            found = {change.id: change for change in self.changes}
            self.__dict__["_index"] = found
        return found


def canonical(data: Any) -> bytes:
    """JSON that is the same bytes for the same data."""
    return json.dumps(data, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def sealed(**facts: Any) -> Plan:
    """A plan with its digest and id."""
    bare = Plan(id="", digest="", **facts)
    digest = _digest(bare)
    return bare.model_copy(update={"digest": digest, "id": _id(bare, digest)})


def _digest(plan: Plan) -> str:
    return hashlib.sha256(canonical(plan.model_dump(mode="json", exclude={"id", "digest"}))).hexdigest()


def _id(plan: Plan, digest: str) -> str:
    return f"{plan.data_as_of:%Y%m%dT%H%M%SZ}-{digest[:8]}"


def folder_of(state_dir: Path, plan_id: str) -> Path:
    """Where a plan lies with everything that belongs to it."""
    return state_dir / FOLDER / plan_id


def save(state_dir: Path, plan: Plan) -> Path:
    """Write a plan to its folder; one that is there already stays as it is. Returns the file."""
    path = folder_of(state_dir, plan.id) / FILE_NAME
    if not path.exists():
        make_directory(path.parent)
        text = json.dumps(plan.model_dump(mode="json"), indent=1, ensure_ascii=False, sort_keys=True) + "\n"
        write_atomic(path, text.encode())
    return path


def load(path: Path) -> Plan:
    """Read a plan; PlanError where it was changed by hand, cut off, or is of a newer version."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise UsageError(f"{path} does not exist.", "Make a plan with `recon fix plan`, or see `recon fix status`.") from error
    except (OSError, ValueError) as error:
        raise PlanError(f"{path} cannot be read or is no JSON.", "Make the plan again with `recon fix plan`.") from error
    version = data.get("format") if isinstance(data, dict) else None
    if isinstance(version, int) and version > FORMAT:
        raise PlanError(f"{path} was written by a newer recon (format {version}; this one knows {FORMAT}).", "Update recon.")
    try:
        plan = Plan.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise PlanError(
            f"{path} is no plan: {where or 'the file'} {first['msg'].lower()}.", "Make it again with `recon fix plan`."
        ) from error
    digest = _digest(plan)
    if digest != plan.digest or plan.id != _id(plan, digest):
        raise PlanError(
            f"{path} was changed after it was made: its digest is not that of its content.", "Make it again with `recon fix plan`."
        )
    return plan


def find(state_dir: Path, wanted: str | None) -> Plan:
    """A plan by id, the beginning of one, or file; by default the newest. UsageError where there is none or several."""
    if wanted is not None and (wanted.endswith(".json") or "/" in wanted):
        path = Path(wanted)
        return load(path / FILE_NAME if path.is_dir() else path)
    folders = sorted(path.parent for path in (state_dir / FOLDER).glob(f"*/{FILE_NAME}"))
    if wanted is None:
        if not folders:
            raise UsageError("There is no plan yet.", "Make one with `recon fix plan`.")
        return load(max(folders, key=lambda folder: ((folder / FILE_NAME).stat().st_mtime_ns, folder.name)) / FILE_NAME)
    fits = [folder for folder in folders if folder.name == wanted or folder.name.startswith(wanted) or folder.name.endswith(f"-{wanted}")]
    if len(fits) != 1:
        raise UsageError(f"{'Several plans begin' if fits else 'No plan begins'} with {wanted}.", "See `recon fix status` for all of them.")
    return load(fits[0] / FILE_NAME)


def schema() -> dict[str, Any]:
    """JSON Schema of plan.json, for docs/plan-schema.json."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **Plan.model_json_schema(mode="serialization")}


def summary(plan: Plan) -> str:
    """One line that says what a plan does."""
    counts = Counter((change.action, change.object) for change in plan.changes)
    verbs = {"insert": "create", "update": "change", "delete": "delete"}
    parts = [f"{verbs[action]} {count:,} {name}" for (action, name), count in sorted(counts.items())]
    review = sum(change.safety == "review" for change in plan.changes)
    head = f"Plan: {', '.join(parts)}" if parts else "Plan: nothing to write"
    return f"{head}; {review:,} of {len(plan.changes):,} to review, {len(plan.unplanned):,} findings not planned."


def in_order(changes: Iterable[Change]) -> list[Change]:
    """Changes as they are written: by level, object, parent."""
    return sorted(changes, key=lambda one: (one.level, one.object, one.action, one.group, one.id))
