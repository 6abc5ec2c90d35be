"""findings.ndjson: one finding a line, as in report.json, for log shippers and warehouses."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from recon.report.model import Finding


def render(items: Iterable[Finding]) -> Iterator[bytes]:
    """The file, line by line."""
    for item in items:
        yield (json.dumps(item.model_dump(mode="json"), ensure_ascii=False, separators=(",", ":")) + "\n").encode("utf-8", "replace")
