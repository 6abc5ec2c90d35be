"""A disk that fills up while a table is staged is no fault of the snapshot."""

from __future__ import annotations

from typing import Any

import duckdb
import pytest

from recon.errors import StoreError
from recon.warehouse import build

FULL = 'TransactionContext Error: Failed to commit: Could not write file "warehouse.duckdb.part": No space left on device'


class FullDisk:
    """A connection whose file cannot grow."""

    def execute(self, sql: str) -> Any:
        raise duckdb.TransactionException(FULL)


def test_a_full_disk_is_called_one() -> None:
    disk: Any = FullDisk()
    with pytest.raises(StoreError, match="no room to fill table orders"):
        build._insert(disk, "orders", "select 1")
