"""What became of corrections, as audits after them proved it: counts by plan, rule and outcome. Written by :mod:`recon.fix.proof`."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from recon.errors import StoreError

FILE_NAME = "proof.json"


@dataclass(frozen=True)
class Corrected:
    """Findings of one rule that one plan was for, and how the audit after it found them."""

    plan: str
    rule: str
    outcome: str
    """fixed, still_open, changed_meanwhile, not_done or unknown"""
    reason: str
    findings: int


def of_run(state_dir: Path, run_id: str) -> tuple[Corrected, ...]:
    """Corrections that a run proved; none for most runs. Raises StoreError for a damaged file."""
    found: Counter[tuple[str, str, str, str]] = Counter()
    for path in sorted((state_dir / "plans").glob(f"*/{FILE_NAME}")):
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            if data["run"] == run_id:
                found.update((data["plan"], one["rule"], one["verdict"], one["reason"]) for one in data["findings"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise StoreError(f"{path} is damaged.", "Delete it; `recon run` tells what is still open.") from error
    return tuple(Corrected(*key, count) for key, count in sorted(found.items()))
