"""A real PostgreSQL and a real MariaDB, and a file of SQLite, each in a folder of its own that is gone afterwards; never as root."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from extractor_contract import Stand
from reading import World

from recon.config.load import load_settings
from recon.snapshot import manifest, run
from recon.systems import registry
from recon.systems.base import Context

PASSWORD = "read-only-1"


class Server:
    """A database with a user for the tests and one who may only read."""

    def __init__(self, engine: str, port: int, execute: Callable[..., Any], ca: Path) -> None:
        self.engine, self.port, self.execute, self.ca = engine, port, execute, ca

    def settings(self, more: str = "", user: str = "reader", tls: str = 'tls = "off"') -> str:
        return (
            f'[systems.erp]\nkind = "database"\nengine = "{self.engine}"\nhost = "127.0.0.1"\nport = {self.port}\ndatabase = "erp"\nuser = "{user}"\n'
            f'password = "env:ERP_PASSWORD"\n{tls}\ncurrency = "EUR"\ntime_zone = "Europe/Berlin"\n{more}'
        )


class File(Server):
    """A file of SQLite; everybody who may open it may read it."""

    def __init__(self, file: Path, execute: Callable[..., Any]) -> None:
        super().__init__("sqlite", 0, execute, file)
        self.file = file

    def settings(self, more: str = "", user: str = "", tls: str = "") -> str:
        return (
            f'[systems.erp]\nkind = "database"\nengine = "sqlite"\nfile = "{self.file}"\n'
            f'currency = "EUR"\ntime_zone = "Europe/Berlin"\n{more}'
        )


def certified(folder: Path, how: dict[str, Any]) -> tuple[str, str]:
    """Certificate and key for localhost, readable by the server only; the authority's own lies beside them as ca.pem."""
    import trustme

    authority = trustme.CA()
    issued = authority.issue_cert("localhost")
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    issued.cert_chain_pems[0].write_to_path(str(folder / "cert.pem"))
    issued.private_key_pem.write_to_path(str(folder / "key.pem"))
    (folder / "key.pem").chmod(0o600)
    if "user" in how:
        for name in ("cert.pem", "key.pem"):
            os.chown(folder / name, how["user"], how["group"])
    return str(folder / "cert.pem"), str(folder / "key.pem")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def program(name: str, *folders: str) -> str:
    found = shutil.which(name, path=os.pathsep.join([*folders, os.environ.get("PATH", "")]))
    if found is None:
        pytest.skip(f"{name} is not installed and scripts/databases.sh could not install it")
    return found


@pytest.fixture(scope="module")
def folder_of() -> Iterator[Callable[[str], tuple[Path, dict[str, Any]]]]:
    """A short folder that belongs to a user, and how to run programs as that user: servers refuse to run as root."""
    with ExitStack() as stack:

        def make(user: str) -> tuple[Path, dict[str, Any]]:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="recon-db-", ignore_cleanup_errors=True)))
            if os.geteuid() != 0:
                return folder, {"cwd": folder}
            try:
                known = pwd.getpwnam(user)
            except KeyError:
                pytest.skip(f"there is no user {user} to run the server as")
            os.chown(folder, known.pw_uid, known.pw_gid)
            return folder, {"user": known.pw_uid, "group": known.pw_gid, "extra_groups": [], "cwd": folder}

        yield make


def started(stack: ExitStack, command: list[str], how: dict[str, Any], log: Path) -> None:
    with log.open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, **how)

    def stop() -> None:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    stack.callback(stop)


def connected(connect: Callable[[], Any], log: Path) -> Any:
    deadline = time.monotonic() + 40
    while True:
        try:
            return connect()
        except Exception:  # noqa: BLE001 - each driver has its own
            if time.monotonic() > deadline:
                raise AssertionError(log.read_text(errors="replace")[-2000:]) from None
            time.sleep(0.1)


@pytest.fixture(scope="module")
def postgresql(folder_of: Any) -> Iterator[Server]:
    psycopg = pytest.importorskip("psycopg", reason="the extra for PostgreSQL is not installed")
    folders = [str(path) for path in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)]
    initdb, postgres = program("initdb", *folders), program("postgres", *folders)
    folder, how = folder_of("postgres")
    data = folder / "data"
    command = [initdb, "-D", str(data), "-U", "owner", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
    subprocess.run(command, check=True, capture_output=True, timeout=120, **how)
    (data / "pg_hba.conf").write_text("host all owner 127.0.0.1/32 trust\nhost all all 127.0.0.1/32 scram-sha-256\n")
    port = free_port()
    options = {
        "port": port,
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": str(folder),
        "fsync": "off",
        "timezone": "Asia/Tokyo",
    }
    cert, key = certified(folder, how)
    options |= {"ssl": "on", "ssl_cert_file": cert, "ssl_key_file": key}
    log = folder / "log"
    with ExitStack() as stack:
        command = [postgres, "-D", str(data), *(f"--{key.replace('_', '-')}={value}" for key, value in options.items())]
        started(stack, command, how, log)
        base = {"host": "127.0.0.1", "port": port, "user": "owner", "autocommit": True}
        con = connected(lambda: psycopg.connect(dbname="postgres", **base), log)
        with con:
            con.execute("create database erp")
        owner = stack.enter_context(psycopg.connect(dbname="erp", **base))
        owner.execute(f"create role reader login password '{PASSWORD}'")
        owner.execute("alter default privileges grant select on tables to reader")

        def execute(statement: str, rows: Any = None) -> Any:
            with owner.cursor() as cursor:
                if rows is not None:
                    cursor.executemany(statement, rows)
                else:
                    cursor.execute(statement)
                return cursor.fetchall() if cursor.description else None

        yield Server("postgresql", port, execute, folder / "ca.pem")


@pytest.fixture(scope="module")
def mariadb(folder_of: Any) -> Iterator[Server]:
    pymysql = pytest.importorskip("pymysql", reason="the extra for MySQL is not installed")
    install, mariadbd = program("mariadb-install-db"), program("mariadbd", "/usr/sbin")
    folder, how = folder_of("mysql")
    data = folder / "data"
    command = [install, "--no-defaults", f"--datadir={data}", "--auth-root-authentication-method=normal", "--skip-test-db"]
    subprocess.run(command, check=True, capture_output=True, timeout=180, **how)
    port, log = free_port(), folder / "log"
    cert, key = certified(folder, how)
    with ExitStack() as stack:
        command = [mariadbd, "--no-defaults", f"--datadir={data}", f"--socket={folder}/s", f"--port={port}", "--bind-address=127.0.0.1"]
        started(
            stack,
            [
                *command,
                "--default-time-zone=+09:00",
                f"--pid-file={folder}/pid",
                "--skip-log-bin",
                f"--ssl-cert={cert}",
                f"--ssl-key={key}",
            ],
            how,
            log,
        )
        base = {"host": "127.0.0.1", "port": port, "user": "root", "autocommit": True, "ssl_disabled": True, "charset": "utf8mb4"}
        owner = connected(lambda: pymysql.connect(**base), log)
        stack.callback(owner.close)

        def execute(statement: str, rows: Any = None) -> Any:
            with owner.cursor() as cursor:
                if rows is not None:
                    cursor.executemany(statement, rows)
                else:
                    cursor.execute(statement)
                return cursor.fetchall()

        execute("create database erp character set utf8mb4")
        execute("use erp")
        execute(f"create user reader@'127.0.0.1' identified by '{PASSWORD}'")
        execute("grant select on erp.* to reader@'127.0.0.1'")
        yield Server("mariadb", port, execute, folder / "ca.pem")


@pytest.fixture(scope="module")
def sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[File]:
    file = tmp_path_factory.mktemp("sqlite") / "erp.sqlite"
    with ExitStack() as stack:
        owner = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
        stack.callback(owner.close)
        owner.execute("pragma journal_mode = wal")

        def execute(statement: str, rows: Any = None) -> Any:
            if rows is None:
                return owner.execute(statement).fetchall()
            told = [[str(value) if isinstance(value, Decimal) else value for value in row] for row in rows]
            return owner.executemany(statement.replace("%s", "?"), told).fetchall()

        yield File(file, execute)


@pytest.fixture(params=["postgresql", "mariadb", "sqlite"])
def database(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Server:
    """What all engines have in common."""
    monkeypatch.setenv("ERP_PASSWORD", PASSWORD)
    return request.getfixturevalue(request.param)  # type: ignore[no-any-return]


@pytest.fixture(params=["postgresql", "mariadb"])
def server(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Server:
    monkeypatch.setenv("ERP_PASSWORD", PASSWORD)
    return request.getfixturevalue(request.param)  # type: ignore[no-any-return]


class Workspace:
    """A folder with a recon.toml."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.folder, self.stack = folder, stack

    def settings(self, text: str) -> Any:
        (self.folder / "recon.toml").write_text(text, encoding="utf-8")
        return load_settings(self.folder / "recon.toml", registry.settings_models())

    def extractor(self, text: str) -> Any:
        settings = self.settings(text)
        context = Context(name="erp", now=lambda: datetime.now(UTC), sleep=lambda _: None, limits=settings.limits)
        return registry.open_system(settings.systems["erp"], context)

    def snapshot(self, text: str) -> tuple[Path, manifest.Manifest]:
        taken = run.take(self.settings(text), run.Request(full=True))
        return taken.folder, taken.manifest

    def warehouse(self, text: str) -> Any:
        from recon.warehouse import build, engine

        folder, _ = self.snapshot(text)
        return self.stack.enter_context(engine.connect(build.build(folder, memory="1GB")))


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    with ExitStack() as stack:
        yield Workspace(tmp_path, stack)


class DatabaseWorld(World):
    """The tables of one database."""

    name = "erp"

    def __init__(self, server: Server, workspace: Workspace) -> None:
        self.folder = workspace.folder
        super().__init__(self)
        self.server, self.workspace = server, workspace

    def settings(self, **changes: Any) -> Any:
        tables = {
            "orders": "select id as record_id, total, email from contract_orders",
            "customers": "select id as record_id, email from contract_customers",
        }
        text = "".join(f'[systems.erp.tables.{name}]\nselect = "{select}"\n' for name, select in tables.items())
        return self.workspace.settings(self.server.settings(text)).systems["erp"]

    def now(self) -> datetime:
        return datetime.now(UTC)

    def advance(self, seconds: float) -> None:
        """A SELECT knows no time."""


class DatabaseStand(Stand):
    """Tables as the contract of all extractors fills them."""

    world: DatabaseWorld
    secrets = (PASSWORD,)
    least_chunks = 1

    def fill(self, count: int, *, texts: Sequence[str] = (), amount: str = "24.90") -> None:
        run = self.world.server.execute
        for table, more in (("contract_orders", "total decimal(30, 6), "), ("contract_customers", "")):
            run(f"drop table if exists {table}")
            run(f"create table {table} (id int, {more}email varchar(400))")
        rows = [[n, amount, texts[n - 1] if texts else f"a{n}@example.com"] for n in range(1, count + 1)]
        if rows:
            run("insert into contract_orders values (%s, %s, %s)", rows)
            run("insert into contract_customers values (%s, %s)", [[1, "c1@example.com"]])

    def add(self, number: int) -> None:
        self.world.server.execute("insert into contract_orders values (%s, %s, %s)", [[number, "1.00", "new@example.com"]])

    def touch(self, number: int) -> None:
        self.world.server.execute(f"update contract_orders set total = 2 where id = {number}")

    def remove(self, number: int) -> None:
        self.world.server.execute(f"delete from contract_orders where id = {number}")

    def number_of(self, line: dict[str, Any]) -> int:
        return int(line["Id"])

    def text_of(self, line: dict[str, Any]) -> str | None:
        return str(line["email"])

    def kept(self, text: str) -> str:
        """Blanks around a cell belong to no value, and a cell of blanks is none."""
        return str(text.strip().strip("\u00a0\ufeff") or None)

    def digest(self) -> str:
        return "".join(repr(sorted(self.world.server.execute(f"select * from contract_{table}"))) for table in ("orders", "customers"))

    def forbid(self) -> tuple[str, ...]:
        self.world.server.execute("drop table contract_customers")
        return ("customers",)

    def requests(self) -> list[dict[str, Any]]:
        return []  # statements are no requests; that the session can only read is tested by itself


@pytest.fixture
def stand(server: Server, workspace: Workspace) -> DatabaseStand:
    """A database without records."""
    return DatabaseStand(DatabaseWorld(server, workspace))
