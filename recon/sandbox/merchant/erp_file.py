"""Where the ERP's books lie: a file of SQLite, or any other database that recon reads."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Protocol

from recon.sandbox.merchant.doors import quoted
from recon.sandbox.merchant.erp import TABLES, Erp, as_text, statements


class Books(Protocol):
    """A database that the stage fills and that recon.toml then names."""

    def fill(self, erp: Erp) -> None:
        """Make the tables anew and put everything in."""

    @property
    def place(self) -> str:
        """Where it is, for people."""
        ...

    @property
    def settings(self) -> str:
        """How recon reaches it: the lines of recon.toml below ``kind`` and ``title``."""
        ...


class SQLiteBooks:
    """A file in the stage's folder."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "erp" / "erp.sqlite"

    def fill(self, erp: Erp) -> None:
        """Make the file anew; amounts and moments are text, since SQLite keeps neither."""
        self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._file.unlink(missing_ok=True)
        with sqlite3.connect(self._file) as connection:
            for statement in statements(amount="text", moment="text"):
                connection.execute(statement)
            for table, rows in erp.rows():
                marks = ", ".join("?" for _ in TABLES[table])
                told = [tuple(as_text(value) for value in row) for row in rows]
                connection.executemany(f"insert into {table} values ({marks})", told)
        connection.close()
        self._file.chmod(0o600)

    @property
    def place(self) -> str:
        """The file."""
        return str(self._file)

    @property
    def settings(self) -> str:
        """The file by its path."""
        return f'engine = "sqlite"\nfile = {quoted(str(self._file))}\n'
