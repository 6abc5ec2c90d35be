"""Findings of a run by filter, answered by the history file itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from recon.audit.history import opened
from recon.audit.result import OPEN_STATES, Finding
from recon.config.settings import SEVERITIES


@dataclass(frozen=True)
class Filter:
    """What is wanted; None means no limit. ``state`` may also be open or all; ``severity`` means this one and worse."""

    state: str = "open"
    rule: str | None = None
    severity: str | None = None
    system: str | None = None
    record: str | None = None
    """shop id, Salesforce id or label"""
    finding: str | None = None
    """first characters of a finding id"""

    def condition(self) -> tuple[str, dict[str, Any]]:
        """SQL over the alias ``f`` with its values."""
        parts, values = ["true"], dict[str, Any]()
        if self.state != "all":
            parts.append("list_contains($states, f.state)")
            values["states"] = list(OPEN_STATES) if self.state == "open" else [self.state]
        if self.rule is not None:
            parts.append("starts_with(f.rule, $rule)" if self.rule.endswith("*") else "f.rule = $rule")
            values["rule"] = self.rule.removesuffix("*")
        if self.severity is not None:
            parts.append("list_contains($severities, f.severity)")
            values["severities"] = list(SEVERITIES[: SEVERITIES.index(self.severity) + 1])
        if self.system is not None:
            parts.append("f.system = $system")
            values["system"] = self.system
        if self.record is not None:
            parts.append("$record in (f.record_id, f.salesforce_id, f.label)")
            values["record"] = self.record
        if self.finding is not None:
            parts.append("starts_with(f.finding_id, $finding)")
            values["finding"] = self.finding
        return " and ".join(parts), values


def matching(state_dir: Path, run_id: str, wanted: Filter) -> Iterator[Finding]:
    """Findings of a run that fit, worst first, without holding them in memory."""
    condition, values = wanted.condition()
    with opened(state_dir) as history:
        bare = history.result(run_id, 0)
        yield from history.findings(run_id, bare, condition, None, values)
