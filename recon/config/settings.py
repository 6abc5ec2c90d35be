"""Typed settings: what recon.toml may say, with defaults and limits."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from recon.config.ownership import Ownership
from recon.config.secrets import SecretRef

SEVERITIES = ("critical", "high", "medium", "low", "info")
"""Worst first; used for --fail-on and for sorting."""

Severity = Literal["critical", "high", "medium", "low", "info"]


class Model(BaseModel):
    """Base of all settings: unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", validate_default=True)


class Limits(Model):
    """How hard a system may be asked, and how large an answer may be."""

    attempts: int = Field(5, ge=1, le=10, description="Attempts for one request.")
    deadline_seconds: int = Field(600, ge=10, le=7200, description="Total time for one request with all its attempts.")
    connect_seconds: int = Field(10, ge=1, le=120, description="Time to connect.")
    read_seconds: int = Field(60, ge=1, le=1800, description="Time between two bytes of an answer.")
    wait_seconds: int = Field(300, ge=1, le=3600, description="Longest wait that a server may ask for.")
    run_seconds: int = Field(6 * 3600, ge=60, le=48 * 3600, description="Deadline of a whole snapshot.")
    page_bytes: int = Field(64 * 2**20, ge=2**16, description="Largest page after decoding.")
    bulk_bytes: int = Field(20 * 2**30, ge=2**20, description="Largest bulk file after decoding.")
    api_share: float = Field(0.25, gt=0, le=1, description="Share of Salesforce's remaining daily calls that one run may use.")
    bulk_threshold: int = Field(2000, ge=0, description="Rows from which Salesforce is read by Bulk API 2.0.")
    parallel: int = Field(4, ge=1, le=16, description="Streams read at the same time, over all systems.")


class SystemSettings(Model):
    """What every system has; platforms extend it."""

    kind: str = Field(description="Platform, such as shopify or salesforce; see docs/platforms.")
    title: str | None = Field(None, max_length=80, description="What a person calls it.")
    url: str | None = Field(None, description="Address of the system, https only.")
    ca_bundle: Path | None = Field(
        None, description="Certificates to trust instead of the usual ones, for proxies and stand-ins; relative to recon.toml."
    )
    enabled: bool = Field(True, description="False leaves the system out.")

    @field_validator("ca_bundle")
    @classmethod
    def _beside_recon_toml(cls, value: Path | None, info: ValidationInfo) -> Path | None:
        """A relative path begins where recon.toml lies, whatever folder the command was called in."""
        base = info.context.get("folder") if isinstance(info.context, dict) else None
        return None if value is None else Path(base or Path()) / value.expanduser()

    @field_validator("url")
    @classmethod
    def _https_only(cls, value: str | None) -> str | None:
        if value is None:
            return None
        parts = urlsplit(value)
        if parts.scheme != "https" or not parts.hostname or parts.username or parts.query or parts.fragment or parts.path not in {"", "/"}:
            raise ValueError("must look like https://host, without path, query or user")
        if any(c.isspace() for c in value):
            raise ValueError("must not contain white space")
        return f"https://{parts.netloc.lower()}"


class RuleSettings(Model):
    """What a deployment may change about one rule."""

    enabled: bool = Field(True, description="False leaves the rule out; the report says so.")
    severity: Severity | None = Field(None, description="Another severity.")
    owner: str | None = Field(None, description="Who acts on its findings.")
    params: dict[str, int | str | bool] = Field(default_factory=dict, description="Parameters of the rule.")


class Waiver(Model):
    """A finding or group of findings that somebody accepts for a time."""

    rule: str = Field(description="Rule id; may end in *.")
    system: str | None = Field(None, description="Only this system.")
    record_id: str | None = Field(None, description="Only this shop record.")
    salesforce_id: str | None = Field(None, description="Only this Salesforce record.")
    finding: str | None = Field(None, description="Only this finding id.")
    reason: str = Field(min_length=3, description="Why it is accepted.")
    owner: str = Field(min_length=1, description="Who accepted it.")
    until: date = Field(description="Last day on which it holds.")


class AuditSettings(Model):
    """How findings are judged."""

    grace_minutes: int = Field(15, ge=0, le=7 * 24 * 60, description="How long the integration may take before a difference counts.")
    fail_on: Severity = Field("high", description="Severity from which the exit code is 1.")
    memory: str = Field("2GB", pattern=r"^[1-9][0-9]*(MB|GB)$", description="Memory that DuckDB may use.")
    rule_seconds: int = Field(300, ge=1, le=7200, description="Time that one rule may take.")
    recheck_limit: int = Field(
        2000, ge=0, le=100_000, description="Records that are read again before they are reported; 0 reports what was seen once."
    )
    recheck_calls: int = Field(500, ge=1, le=100_000, description="Calls to each system that reading them again may take.")
    stale_hours: int = Field(26, ge=1, le=24 * 31, description="Age of a system's data from which the report warns.")


class SnapshotSettings(Model):
    """How systems are read."""

    full_every_days: int = Field(7, ge=1, le=31, description="A full snapshot is taken at least this often.")
    overlap_minutes: int = Field(60, ge=0, le=7 * 24 * 60, description="How far an incremental snapshot reaches back behind the last one.")
    keep_days: int = Field(30, ge=1, le=3650, description="Snapshots older than this may be pruned.")


class ReportSettings(Model):
    """How results are shown."""

    show_personal_data: bool = Field(False, description="True shows e-mail addresses, phones and streets unmasked.")
    keep_days: int = Field(400, ge=1, le=36500, description="Reports older than this may be pruned; history keeps their numbers.")
    max_findings: int = Field(20000, ge=100, le=200000, description="Findings that one HTML file holds; the rest is in the CSV.")
    locale: str = Field("en", description="Language of numbers and dates: en, de, ja, …")


class NotifySettings(Model):
    """Who hears of a run, of what, and by which way; ``[notify.<name>]``."""

    kind: Literal["email", "slack", "teams", "webhook", "apprise"] = Field(description="Way by which the notice goes.")
    enabled: bool = Field(True, description="False keeps it silent.")
    when: Literal["change", "open", "always"] = Field(
        "change", description="change: something is new, changed or resolved; open: something is open; always. No verdict is always told."
    )
    severity: Severity = Field("high", description="Only findings of this severity and worse ones.")
    rules: list[str] = Field(default_factory=list, description="Only these rules; may hold *. Empty: all.")
    systems: list[str] = Field(default_factory=list, description="Only findings of these systems. Empty: all.")
    owners: list[str] = Field(default_factory=list, description="Only findings that these owners act on. Empty: all.")
    report_url: str | None = Field(None, description="Where the report can be opened, with {run} for the id of the run.")
    url: SecretRef | None = Field(None, description="For slack, teams, webhook and apprise: names the secret that holds the address.")
    secret: SecretRef | None = Field(None, description="For webhook: names the key by which notices are signed.")
    host: str | None = Field(None, description="For email: the mail server.")
    port: int | None = Field(None, ge=1, le=65535, description="For email: its port [default: 587, 465 with tls].")
    security: Literal["starttls", "tls", "none"] = Field("starttls", description="For email: none only for a server on this machine.")
    user: str | None = Field(None, description="For email: who logs in.")
    password: SecretRef | None = Field(None, description="For email: names the password.")
    sender: str | None = Field(None, description="For email: address of the sender.")
    to: list[str] = Field(default_factory=list, description="For email: addresses of the readers.")
    attach_kb: int = Field(2048, ge=0, le=25_000, description="For email: the report is attached up to this size; 0 never.")
    ca_bundle: Path | None = Field(None, description="Certificates to trust instead of the usual ones.")

    @model_validator(mode="after")
    def _has_what_its_kind_needs(self) -> NotifySettings:
        needed = ("host", "sender", "to") if self.kind == "email" else ("url",)
        missing = [name for name in needed if not getattr(self, name)]
        if missing:
            raise ValueError(f"of kind {self.kind} needs {' and '.join(missing)}")
        if self.kind == "email" and self.security == "none" and self.host not in {"localhost", "127.0.0.1", "::1"}:
            raise ValueError("must use starttls or tls: only a mail server on this machine may be spoken to in the clear")
        if self.report_url and not self.report_url.startswith("https://"):
            raise ValueError("report_url must begin with https://")
        strange = [one for one in (self.sender or "", *self.to) if any(sign in one for sign in "\r\n")]
        if strange:
            raise ValueError("an address must not hold a line end")
        return self


class MetricsSettings(Model):
    """Where the numbers of a run go for monitoring."""

    textfile: Path | None = Field(None, description="File in OpenMetrics, rewritten after every run; relative to recon.toml.")
    otlp_endpoint: str | None = Field(
        None,
        pattern=r"^(https://|http://(localhost|127\.0\.0\.1)[:/])",
        description="Address of an OpenTelemetry collector, with /v1/metrics.",
    )
    otlp_authorization: SecretRef | None = Field(None, description="Names the secret that goes into its Authorization header.")
    ca_bundle: Path | None = Field(None, description="Certificates to trust instead of the usual ones.")


class FixSettings(Model):
    """What corrections may do, and how carefully."""

    client_id: str | None = Field(None, description="Consumer key of an app of its own for corrections; by default that of the org.")
    client_secret: SecretRef | None = Field(None, description="Its consumer secret, for the client credentials flow.")
    username: str | None = Field(None, min_length=3, description="User that corrections are made as, for the JWT bearer flow.")
    private_key: SecretRef | None = Field(None, description="Private key (PEM) of the app's certificate, for the JWT bearer flow.")

    fields: list[str] | None = Field(
        None,
        description="Fields that may be written, such as Order.Shop_Total__c; by default every mapped field and what new records need.",
    )
    never: list[str] = Field(default_factory=list, description="Fields that are never written, such as Order.Status; wins over fields.")
    max_age_hours: int = Field(24, ge=1, le=168, description="Age of the audited data from which a plan is refused.")
    max_rows: int = Field(2000, ge=1, le=1_000_000, description="Changes from which a plan needs --max-rows.")
    canary: int = Field(10, ge=1, le=100, description="Records of each kind that are written and read again before the others.")
    error_percent: int = Field(5, ge=0, le=100, description="Share of refused records at which writing stops.")
    bulk_threshold: int = Field(2000, ge=1, description="Records of one kind from which Bulk API 2.0 is used.")
    settle_seconds: int = Field(60, ge=0, le=900, description="How long a request without an answer may still be under way.")
    allow_duplicates: bool = Field(False, description="True saves records although a duplicate rule of Salesforce warns.")
    guest_account: str | None = Field(
        None, pattern=r"^001[A-Za-z0-9]{12}([A-Za-z0-9]{3})?$", description="Account of orders without a customer."
    )
    custom_item: str | None = Field(
        None, pattern=r"^01t[A-Za-z0-9]{12}([A-Za-z0-9]{3})?$", description="Product of lines without a variant."
    )
    duplicate_field: dict[str, str] = Field(
        default_factory=dict,
        description="Object → lookup or text field that marks a duplicate with the id of the record that should survive.",
    )
    values: dict[str, dict[str, str]] = Field(
        default_factory=dict,
        description='"table.role" → canonical value → value to write, where several values of Salesforce mean the same.',
    )


class Settings(BaseSettings):
    """recon.toml as a whole; ``RECON_AUDIT__FAIL_ON=critical`` and the like in the environment win over the file."""

    model_config = SettingsConfigDict(extra="forbid", validate_default=True, env_prefix="RECON_", env_nested_delimiter="__")

    config_version: Literal[1] = Field(1, description="Version of this file.")
    title: str = Field("recon", max_length=80, description="Name of the merchant, shown in reports.")
    state: Path = Field(Path(".recon"), description="Folder for snapshots, history and reports, relative to recon.toml.")
    audit: AuditSettings = Field(default_factory=AuditSettings)
    snapshot: SnapshotSettings = Field(default_factory=SnapshotSettings)
    report: ReportSettings = Field(default_factory=ReportSettings)
    limits: Limits = Field(default_factory=Limits)
    fix: FixSettings = Field(default_factory=FixSettings)
    ownership: Ownership = Field(
        default_factory=dict,
        description='Canonical table, or "table.column" → whose value is right: a system, a list of them, or shop for all shops (default).',
    )
    rules: dict[str, RuleSettings] = Field(default_factory=dict)
    notify: dict[str, NotifySettings] = Field(default_factory=dict, description="Each table is one reader of notices.")
    metrics: MetricsSettings = Field(default_factory=MetricsSettings)
    waivers: list[Waiver] = Field(default_factory=list)
    systems: dict[str, Any] = Field(default_factory=dict, description="Each table is one system; its kind decides which keys it has.")
    path: Path | None = Field(None, exclude=True, description="Where this was read from; set by the loader.")

    @field_validator("notify")
    @classmethod
    def _plain_names(cls, value: dict[str, NotifySettings]) -> dict[str, NotifySettings]:
        """Names of readers become names of files."""
        if strange := [name for name in value if not re.fullmatch(r"[a-z][a-z0-9_-]{0,39}", name)]:
            raise ValueError(f"{strange[0]!r} is no usable name: use up to 40 of a–z, 0–9, _ and -, beginning with a letter")
        return value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment wins over the file, which arrives as keyword arguments."""
        return env_settings, init_settings

    @property
    def owners(self) -> Ownership | None:
        """``ownership``; None for a workspace without systems, which judges snapshots by what their manifests say."""
        return self.ownership if self.systems else None

    @property
    def workspace(self) -> Path:
        """Folder of recon.toml."""
        return self.path.parent if self.path else Path.cwd()

    @property
    def state_dir(self) -> Path:
        """Absolute folder of everything that runs leave behind."""
        return (self.workspace / self.state).resolve()


def check_time_zone(value: str) -> str:
    """Validator for IANA zones."""
    if value not in available_timezones():
        raise ValueError(f"{value!r} is not a time zone of the IANA list, such as Europe/Berlin")
    return value
