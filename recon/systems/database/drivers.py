"""One way into each engine: a transaction that can only read, rows streamed as they come, and cells with their types kept.

Drivers are extras and imported where they are used. Decimals arrive exactly in all of them.
"""

from __future__ import annotations

import sqlite3
import ssl
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from typing_extensions import override

from recon.config.secrets import resolve
from recon.errors import AuthError, ConfigError, RetriableError, SourceError
from recon.systems.base import Context
from recon.systems.database.settings import Settings
from recon.systems.tables.values import Cell, Moment, Number

FETCH = 2_000
"""Rows that are asked for together."""


class Engine(ABC):
    """A database as recon reads it; one connection per table, so that each has its own transaction."""

    extra: str
    counts = True
    """whether a count and the rows come from the same state of the database"""

    def __init__(self, settings: Settings, context: Context, where: str) -> None:
        self.settings, self.context, self.where = settings, context, where

    @contextmanager
    def opened(self) -> Iterator[Any]:
        """A connection in a read-only transaction that is never committed; errors are recon's."""
        password = resolve(self.settings.password, f"{self.where}.password") if self.settings.password else ""
        try:
            connection = self.connect(password)
        except ImportError as error:
            raise ConfigError(
                f"{self.where} needs a driver for {self.settings.engine} that is not installed.", f"Install salesforce-recon[{self.extra}]."
            ) from error
        except Exception as error:
            raise self.explained(error, connecting=True) from error
        try:
            self.begin(connection)
            yield connection
        except Exception as error:
            if isinstance(error, SourceError | ConfigError | ValueError):
                raise
            raise self.explained(error) from error
        finally:
            self.end(connection)

    @abstractmethod
    def connect(self, password: str) -> Any:
        """A new connection."""

    @abstractmethod
    def begin(self, connection: Any) -> None:
        """Begin a transaction that can only read, where the engine has such a thing one that sees a single state."""

    @abstractmethod
    def cursor(self, connection: Any) -> Any:
        """A cursor that streams."""

    def code(self, error: BaseException) -> tuple[str, str]:
        """The engine's code of an error, and its message where that can only speak of the statement, else an empty text."""
        return type(error).__name__, ""

    def denied(self, code: str) -> bool:
        """Whether a code means that credentials or rights are missing."""
        return False

    def too_mighty(self, connection: Any) -> str:
        """A right that the user has and recon does not need; an empty text where there is none or it cannot be known."""
        return ""

    def end(self, connection: Any) -> None:
        """Give the connection back, whatever state it is in; the engine drops its transaction."""
        with suppress(Exception):  # one that broke may refuse even this
            connection.close()

    def count(self, connection: Any, select: str) -> int:
        """Rows of a SELECT as the database counts them."""
        cursor = connection.cursor()
        cursor.execute(f"select count(*) from ({select}) q")
        return int(cursor.fetchone()[0])

    def sample(self, select: str, rows: int) -> str:
        """The first rows of a SELECT."""
        return f"select * from ({select}) q limit {rows}"

    @contextmanager
    def rows(self, connection: Any, select: str) -> Iterator[tuple[tuple[str, ...], Iterator[list[Cell]]]]:
        """Names of the columns, and rows as they come."""
        cursor = self.cursor(connection)
        try:
            cursor.execute(select)
            first = cursor.fetchmany(FETCH)  # NOTE: a server-side cursor may describe its columns only once it has rows
            names = tuple(str(column[0]) for column in cursor.description)
            yield names, _converted(cursor, first, [self.converter(column) for column in cursor.description])
        finally:
            cursor.close()

    def converter(self, column: Any) -> Callable[[Any], Cell]:
        """What makes cells of a column's values."""
        return typed

    def explained(self, error: BaseException, *, connecting: bool = False) -> SourceError:
        """The error as recon tells it: the engine's code, and its words only where they cannot hold data."""
        code, message = self.code(error)
        name = self.context.name
        if self.denied(code):
            said = f"{name}: the database refuses {self.settings.user} ({code})."
            return AuthError(said, "Check user, password and SELECT rights.", system=name)
        if connecting:
            return self.unreached(code)
        said = f"{name}: the database answers with error {code}{f': {message}' if message else ''}."
        return SourceError(said, "Try the SELECT of recon.toml by hand.", system=name)

    def unreached(self, code: str) -> SourceError:
        """The error of a connection that does not come about."""
        host, port = self.settings.at
        said = f"{self.context.name}: {host}:{port} cannot be reached ({code})."
        return RetriableError(said, "Check host, port, tls and the network.", system=self.context.name)


def _converted(cursor: Any, block: Sequence[Any], kinds: Sequence[Callable[[Any], Cell]]) -> Iterator[list[Cell]]:
    while block:
        for row in block:
            yield [kind(value) for kind, value in zip(kinds, row, strict=True)]
        block = cursor.fetchmany(FETCH)


def typed(value: Any) -> Cell:
    """A value as a driver gives it; ValueError where it is nothing that a canonical column can hold."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | Decimal):
        return Number(value)
    if isinstance(value, float):
        return Number(repr(value))
    if isinstance(value, datetime | date):
        return Moment(value.isoformat())
    if isinstance(value, bytes) and value in {b"\0", b"\1"}:
        return "true" if value == b"\1" else "false"
    if isinstance(value, bytes | bytearray | memoryview | list | dict | tuple | timedelta):
        raise ValueError("holds no text, number, time or truth value")  # noqa: TRY004 - it is about a cell, not about a caller
    return str(value)


def _free(options: Any) -> Any:
    """Options that a driver's annotations do not know one by one."""
    return options


class PostgreSQL(Engine):
    """PostgreSQL and what speaks its protocol, by psycopg."""

    extra = "postgresql"

    @override
    def connect(self, password: str) -> Any:
        import psycopg

        host, port = self.settings.at
        checked = {"sslmode": "verify-full", "sslrootcert": str(self.settings.ca_bundle or "system")}
        return psycopg.connect(
            host=host,
            port=port,
            dbname=self.settings.database,
            user=self.settings.user,
            password=password,
            connect_timeout=self.context.limits.connect_seconds,
            application_name="recon",
            options=f"-c default_transaction_read_only=on -c statement_timeout={self.context.limits.deadline_seconds * 1000}",
            **_free(checked if self.settings.tls == "verify" else {"sslmode": "disable"}),
        )

    @override
    def begin(self, connection: Any) -> None:
        import psycopg

        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True

    @override
    def cursor(self, connection: Any) -> Any:
        return connection.cursor(name="recon")

    @override
    def code(self, error: BaseException) -> tuple[str, str]:
        state = str(getattr(error, "sqlstate", None) or type(error).__name__)
        told = getattr(getattr(error, "diag", None), "message_primary", None) if state[:2] in {"42", "25"} else None
        if "password authentication failed" in str(error) or "no password supplied" in str(error):
            state = "28P01"  # the state of a refused connection is not handed on
        return state, str(told or "")

    @override
    def denied(self, code: str) -> bool:
        return code[:2] == "28" or code == "42501"

    @override
    def too_mighty(self, connection: Any) -> str:
        row = connection.execute("select rolsuper from pg_catalog.pg_roles where rolname = current_user").fetchone()
        return "superuser" if row and row[0] else ""


class MySQL(Engine):
    """MySQL and MariaDB, by PyMySQL."""

    extra = "mysql"

    @override
    def connect(self, password: str) -> Any:
        import pymysql

        host, port = self.settings.at
        context = ssl.create_default_context(cafile=str(self.settings.ca_bundle) if self.settings.ca_bundle else None)
        return pymysql.connect(
            host=host,
            port=port,
            database=self.settings.database,
            user=self.settings.user,
            password=password,
            charset="utf8mb4",
            connect_timeout=self.context.limits.connect_seconds,
            read_timeout=self.context.limits.deadline_seconds,
            local_infile=False,
            **({"ssl": context} if self.settings.tls == "verify" else {"ssl_disabled": True}),
        )

    @override
    def begin(self, connection: Any) -> None:
        cursor = connection.cursor()
        cursor.execute("set session time_zone = '+00:00'")
        cursor.execute("set session transaction isolation level repeatable read")
        cursor.execute("start transaction with consistent snapshot, read only")

    @override
    def cursor(self, connection: Any) -> Any:
        import pymysql

        return connection.cursor(pymysql.cursors.SSCursor)

    @override
    def converter(self, column: Any) -> Callable[[Any], Cell]:
        import pymysql

        if column[1] == pymysql.constants.FIELD_TYPE.TIMESTAMP:  # a moment, told in the session's zone; DATETIME has none
            return lambda value: typed(value.replace(tzinfo=UTC) if isinstance(value, datetime) else value)
        return typed

    @override
    def code(self, error: BaseException) -> tuple[str, str]:
        code = str(error.args[0]) if error.args and isinstance(error.args[0], int) else type(error).__name__
        return code, str(error.args[1]) if code in {"1054", "1064", "1146", "1792"} and len(error.args) > 1 else ""

    @override
    def denied(self, code: str) -> bool:
        return code in {"1044", "1045", "1142", "1143", "1698"}

    @override
    def too_mighty(self, connection: Any) -> str:
        cursor = connection.cursor()
        cursor.execute("show grants")
        held = " ".join(str(row[0]).upper().partition(" ON ")[0] for row in cursor.fetchall())
        return next((right for right in ("ALL PRIVILEGES", "INSERT", "UPDATE", "DELETE", "CREATE", "DROP") if right in held), "")


class SQLServer(Engine):
    """SQL Server, by pymssql. It has no read-only transactions: the user's rights are what keeps it from writing."""

    extra = "sqlserver"
    counts = False

    @override
    def connect(self, password: str) -> Any:
        import pymssql

        host, port = self.settings.at
        return pymssql.connect(
            server=host,
            port=str(port),
            database=self.settings.database,
            user=self.settings.user,
            password=password,
            login_timeout=self.context.limits.connect_seconds,
            timeout=self.context.limits.deadline_seconds,
            appname="recon",
            read_only=True,
            encryption="require" if self.settings.tls == "verify" else "off",
        )

    @override
    def begin(self, connection: Any) -> None:
        """pymssql begins one by itself."""

    @override
    def cursor(self, connection: Any) -> Any:
        return connection.cursor()

    @override
    def sample(self, select: str, rows: int) -> str:
        return f"select top {rows} * from ({select}) q"

    @override
    def code(self, error: BaseException) -> tuple[str, str]:
        found = error.args[0] if error.args else None
        found = found[0] if isinstance(found, tuple) and found else found
        return (str(found) if isinstance(found, int) else type(error).__name__), ""

    @override
    def denied(self, code: str) -> bool:
        return code in {"18456", "229", "230", "4060"}


class Oracle(Engine):
    """Oracle, by python-oracledb in its thin mode."""

    extra = "oracle"

    @override
    def connect(self, password: str) -> Any:
        import oracledb

        oracledb.defaults.fetch_decimals = True
        oracledb.defaults.fetch_lobs = False
        host, port = self.settings.at
        return oracledb.connect(
            user=self.settings.user,
            password=password,
            host=host,
            port=port,
            service_name=self.settings.database,
            protocol="tcps" if self.settings.tls == "verify" else "tcp",
            tcp_connect_timeout=self.context.limits.connect_seconds,
        )

    @override
    def begin(self, connection: Any) -> None:
        connection.cursor().execute("set transaction read only")

    @override
    def cursor(self, connection: Any) -> Any:
        cursor = connection.cursor()
        cursor.arraysize = FETCH
        return cursor

    @override
    def sample(self, select: str, rows: int) -> str:
        return f"select * from ({select}) q fetch first {rows} rows only"

    @override
    def code(self, error: BaseException) -> tuple[str, str]:
        return str(getattr(error.args[0], "full_code", type(error).__name__) if error.args else type(error).__name__), ""

    @override
    def denied(self, code: str) -> bool:
        return code in {"ORA-01017", "ORA-01031", "ORA-28000", "ORA-41900"}


class SQLite(Engine):
    """A file of SQLite, opened for reading only, by Python's own module.

    SQLite keeps a decimal either as text, or as a binary number of which fifteen digits are true (vendor's "Floating point
    numbers"): those are taken, a longer one is refused.
    """

    extra = ""

    @override
    def connect(self, password: str) -> Any:
        address = f"file:{quote(str(self.settings.file))}?mode=ro"
        connection = sqlite3.connect(
            address, uri=True, isolation_level=None, check_same_thread=False, timeout=self.context.limits.connect_seconds
        )
        connection.execute("pragma query_only = on")
        connection.execute("select count(*) from sqlite_master")  # NOTE: only a question tells whether the file is a database
        return connection

    @override
    def begin(self, connection: Any) -> None:
        end = time.monotonic() + self.context.limits.deadline_seconds
        connection.set_progress_handler(lambda: time.monotonic() > end, 100_000)
        connection.execute("begin")

    @override
    def cursor(self, connection: Any) -> Any:
        return connection.cursor()

    @override
    def converter(self, column: Any) -> Callable[[Any], Cell]:
        return lambda value: typed(_true_digits(value) if isinstance(value, float) else value)

    @override
    def code(self, error: BaseException) -> tuple[str, str]:
        code = str(getattr(error, "sqlite_errorname", type(error).__name__))
        return code, str(error) if code in {"SQLITE_ERROR", "SQLITE_READONLY"} else ""

    @override
    def unreached(self, code: str) -> SourceError:
        said = f"{self.context.name}: {self.settings.file} cannot be opened ({code})."
        return SourceError(said, "Check that the file is there, can be read, and is a database of SQLite.", system=self.context.name)


_TRUE_DIGITS = 15


def _true_digits(value: float) -> Decimal:
    """A binary number as the decimal that was written; ValueError where that cannot be known."""
    number = Decimal(repr(value))
    if not number.is_finite() or len(number.normalize().as_tuple().digits) > _TRUE_DIGITS:
        raise ValueError("holds a binary number that is no exact decimal; keep it as text or as a whole number of minor units")
    return number


ENGINES: dict[str, type[Engine]] = {
    "postgresql": PostgreSQL,
    "mysql": MySQL,
    "mariadb": MySQL,
    "sqlserver": SQLServer,
    "oracle": Oracle,
    "sqlite": SQLite,
}
