"""What a snapshot says of its streams."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from recon.cli._progress import summary
from recon.snapshot.manifest import StreamEntry


def entry(records: int, calls: int, **more: Any) -> StreamEntry:
    told = {
        "name": "orders",
        "source": "orders",
        "entities": ["orders"],
        "window_to": datetime(2026, 11, 23, tzinfo=UTC),
        "complete": True,
        **more,
    }
    return StreamEntry.model_validate({**told, "records": records, "rows": records, "calls": calls})


@pytest.mark.parametrize(
    ("records", "calls", "said"),
    [(1, 1, "1 record, 1 call"), (0, 2, "0 records, 2 calls"), (1200, 1, "1,200 records, 1 call")],
)
def test_one_is_one(records: int, calls: int, said: str) -> None:
    assert summary("shop", entry(records, calls)) == f"shop: ✓ orders  {said}"


def test_an_incomplete_stream_says_why() -> None:
    assert summary("shop", entry(1, 3, complete=False, reason="A page is missing.")) == (
        "shop: ⚠ orders  1 record, incomplete. A page is missing."
    )
