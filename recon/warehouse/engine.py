"""Opens DuckDB the same way everywhere: UTC, a memory limit, and for rules neither files nor network."""

from __future__ import annotations

from pathlib import Path

import duckdb

from recon.errors import LockedError, StoreError

FILE_NAME = "warehouse.duckdb"


def quote(value: str) -> str:
    """A text literal for SQL."""
    return "'" + value.replace("'", "''") + "'"


def identifier(name: str) -> str:
    """A quoted identifier for SQL."""
    return '"' + name.replace('"', '""') + '"'


def connect(
    path: Path | None,
    *,
    read_only: bool = True,
    memory: str = "2GB",
    threads: int | None = None,
    locked: bool = True,
) -> duckdb.DuckDBPyConnection:
    """A connection in UTC with a memory limit such as ``2GB``.

    ``path`` None gives an empty database in memory. ``locked`` takes away files, network, extensions and settings, which is
    how rules run. Raises LockedError where another process writes the file, StoreError where it is damaged or missing.
    """
    if path is not None and read_only and not path.is_file():
        raise StoreError(f"{path} does not exist.", "Build it with `recon audit`, or take a snapshot with `recon snapshot`.")
    try:
        con = duckdb.connect(str(path) if path else ":memory:", read_only=read_only and path is not None)
    except duckdb.IOException as error:
        if "lock" in str(error).lower():
            raise LockedError(f"{path} is in use by another process.", "Wait until it has finished.") from error
        hint = "Delete it; it is built again from the snapshot." if read_only else "Check that its folder can be written and has room."
        raise StoreError(f"{path} cannot be opened.", hint) from error
    except duckdb.Error as error:
        raise StoreError(f"{path} is damaged or of another version.", "Delete it; it is built again from the snapshot.") from error
    _settle(con, memory=memory, threads=threads, locked=locked)
    return con


def _settle(con: duckdb.DuckDBPyConnection, *, memory: str, threads: int | None, locked: bool) -> None:
    # NOTE: the time zone cannot be given to connect(); DuckDB knows it only once ICU is loaded.
    con.execute("set TimeZone = 'UTC'")
    con.execute(f"set memory_limit = {quote(memory)}")
    if threads is not None:
        con.execute(f"set threads = {int(threads)}")
    con.execute("set autoinstall_known_extensions = false")
    con.execute("set enable_progress_bar = false")
    if locked:
        con.execute("set enable_external_access = false")
        con.execute("set lock_configuration = true")
