"""manifest.json: what a snapshot holds and how complete it is. Format in docs/snapshot-format.md."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, ValidationError

from recon.errors import StoreError

FORMAT = 1
FILE_NAME = "manifest.json"


def _aware(value: Any) -> Any:
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError("needs a time zone, such as a final Z")
        return value.astimezone(UTC)
    return value


def iso(value: datetime) -> str:
    """UTC as text with a final Z; microseconds only where there are any."""
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


Instant = Annotated[datetime, BeforeValidator(_aware), PlainSerializer(iso, return_type=str, when_used="json")]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid")


def _inside(value: str) -> str:
    """A path that stays in the folder it is relative to."""
    parts = value.split("/")
    if not value or value.startswith("/") or "\\" in value or "\0" in value or any(part in {"", ".", ".."} for part in parts):
        raise ValueError("must lie inside the snapshot folder")
    return value


InsidePath = Annotated[str, AfterValidator(_inside)]


class FileEntry(_Entry):
    """One file; ``path`` is relative to the snapshot folder, ``rows`` counts lines or records in it."""

    path: InsidePath
    rows: int | None = None
    bytes: int | None = None
    sha256: str | None = None


class ProofEntry(_Entry):
    """How completeness is known."""

    method: str = "none"
    expected: int | None = None


class StreamEntry(_Entry):
    """One stream of one system. ``rows`` counts lines with children, ``records`` without."""

    name: str = Field(pattern=r"^[a-z0-9_]+$")
    source: str
    entities: list[str]
    format: Literal["jsonl", "csv", "parquet", "mixed", "file"] = "jsonl"
    columns: list[str] | None = None
    files: list[FileEntry] = Field(default_factory=list)
    rows: int = 0
    records: int = 0
    window_from: Instant | None = None
    window_to: Instant | None = None
    watermark: Instant | None = None
    complete: bool = False
    proof: ProofEntry = Field(default_factory=ProofEntry)
    reason: str | None = None
    unreadable: dict[str, str] = Field(default_factory=dict)
    calls: int = 0
    personal: list[str] = Field(default_factory=list)


class SystemEntry(_Entry):
    """One system with its facts and streams."""

    name: str = Field(pattern=r"^[a-z0-9_-]{1,40}$")
    kind: str
    side: Literal["shop", "salesforce", "erp"]
    title: str | None = None
    account_id: str | None = None
    base_url: str | None = None
    record_url_template: str | None = None
    time_zone: str | None = None
    currency: str | None = None
    api_version: str | None = None
    tax_included: bool | None = None
    mapping: dict[str, Any] | None = None
    started_at: Instant
    finished_at: Instant
    calls: int = 0
    clock_skew_seconds: float | None = None
    quota_used: int | None = None
    quota_limit: int | None = None
    not_covered: dict[str, str] = Field(default_factory=dict)
    absent: list[str] = Field(default_factory=list)
    streams: list[StreamEntry] = Field(default_factory=list)


class Manifest(_Entry):
    """The whole snapshot."""

    format: int = FORMAT
    snapshot_id: str = Field(pattern=r"^[0-9A-Za-z_.-]{1,80}$")
    tool_version: str = ""
    mode: Literal["full", "delta"] = "full"
    base: Annotated[str, Field(pattern=r"^[0-9A-Za-z_-][0-9A-Za-z_.-]{0,79}$")] | None = None
    started_at: Instant
    finished_at: Instant
    systems: list[SystemEntry] = Field(default_factory=list)
    ownership: dict[str, list[str]] = Field(default_factory=dict)
    """whose value was the truth when the snapshot was taken, as in ``[ownership]`` of recon.toml; for audits without that file"""

    @property
    def complete(self) -> bool:
        """True when every stream proved to be complete."""
        return all(stream.complete for system in self.systems for stream in system.streams)


def load(folder: Path) -> Manifest:
    """Read the manifest of a snapshot folder; StoreError where it is missing, damaged or newer than this version."""
    path = folder / FILE_NAME
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise StoreError(f"{folder} holds no {FILE_NAME}, so it is not a finished snapshot.", "Take one with `recon snapshot`.") from error
    except (OSError, ValueError) as error:
        raise StoreError(
            f"{path} is damaged or cannot be read.", "Use another snapshot, or take a new one with `recon snapshot`."
        ) from error
    version = data.get("format") if isinstance(data, dict) else None
    if isinstance(version, int) and version > FORMAT:
        raise StoreError(f"{path} was written by a newer recon (format {version}; this one knows {FORMAT}).", "Update recon.")
    try:
        return Manifest.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise StoreError(f"{path} is not valid at {where}: {first['msg']}.", "See docs/snapshot-format.md.") from error
