"""Every error that a user can meet, and the exit codes that are a contract.

    ReconError                      what failed, where, what to do: one sentence each
    ├── UsageError             2    the command line
    ├── ConfigError            2    recon.toml: file, line, key, nearest key
    ├── SourceError            3    a system could not be read: system, stream
    │   ├── AuthError          5    credentials or permissions
    │   ├── RetriableError     3    the same request may work later
    │   ├── QuotaError        75    the budget of calls is spent; try later
    │   └── IncompleteError    3    counts disagree, a cursor loops, a page is missing
    ├── StoreError             3    a snapshot or history file is damaged, of another version, or cannot be written
    │   ├── LockedError       75    another run holds the workspace
    │   └── StandstillError    3    the database waited for itself and was stopped
    ├── RuleError              3    a rule could not be loaded or run
    └── PlanError              4    a plan is stale, belongs to another org, or exceeds a limit

Messages never hold a response body, a secret or customer data.
"""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What the process tells its caller; documented in docs/exit-codes.md."""

    CLEAN = 0
    FINDINGS = 1
    USAGE = 2
    NO_VERDICT = 3
    CORRECTIONS = 4
    ACCESS = 5
    TRY_LATER = 75
    INTERRUPTED = 130


class ReconError(Exception):
    """Base of all errors of recon.

    ``message`` says what failed and where, ``hint`` what to do; both are full sentences.
    """

    exit_code: ExitCode = ExitCode.NO_VERDICT

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class UsageError(ReconError):
    """The command line asks for something that is not there or makes no sense."""

    exit_code = ExitCode.USAGE


class ConfigError(ReconError):
    """recon.toml cannot be used as it is."""

    exit_code = ExitCode.USAGE


class SourceError(ReconError):
    """A system could not be read."""

    def __init__(self, message: str, hint: str = "", *, system: str = "", stream: str = "") -> None:
        super().__init__(message, hint)
        self.system = system
        self.stream = stream


class AuthError(SourceError):
    """Credentials are refused or a permission is missing."""

    exit_code = ExitCode.ACCESS


class RetriableError(SourceError):
    """The attempts allowed were used up, but the same request may work later."""


class QuotaError(SourceError):
    """A budget of calls is spent; nothing more is asked of the system until it refills."""

    exit_code = ExitCode.TRY_LATER


class IncompleteError(SourceError):
    """What was read cannot be complete: counts disagree, a cursor loops, a file is cut."""


class StoreError(ReconError):
    """A file of the workspace is damaged, of another version, or cannot be written."""


class LockedError(StoreError):
    """Another run holds the workspace."""

    exit_code = ExitCode.TRY_LATER


class StandstillError(StoreError):
    """The database did nothing for so long that it was stopped; nothing half-written stays."""


class RuleError(ReconError):
    """A rule could not be loaded or run."""


class PlanError(ReconError):
    """A plan of corrections cannot be applied."""

    exit_code = ExitCode.CORRECTIONS
