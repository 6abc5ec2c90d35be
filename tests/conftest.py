"""Fixtures that all tests share."""

from __future__ import annotations

import csv
import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

pytest.register_assert_rewrite("reading", "extractor_contract")

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session", autouse=True)
def _own_temporary_folder() -> Iterator[None]:
    """The lock of an org lies in the temporary folder: tests that run side by side each correct an org of the same id."""
    folder = Path(tempfile.mkdtemp(prefix="recon-"))
    folder.chmod(0o1777)  # database servers run as users of their own
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", str(folder))
        patch.setattr(tempfile, "tempdir", None)
        yield
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def shared() -> Path:
    """Vendor contracts and real data beside the repository; tests that need them are skipped where they are absent."""
    folder = ROOT.parent / "shared"
    if not folder.is_dir():
        pytest.skip("the folder ../shared with vendor contracts and real data is not here")
    return folder


@pytest.fixture(scope="session")
def write_snapshot() -> Callable[..., Path]:
    """A function that writes a snapshot folder by hand: ``write_snapshot(folder, system, …)``.

    A system is a dict like an entry of manifest.json, whose streams are ``{name: rows}``: dicts become JSON lines, a text becomes a CSV
    file as it is, bytes a file of whatever they are (then the key must carry the ending, as in ``orders.jsonl.gz``).
    """
    return _write_snapshot


_AT = "2026-11-23T06:00:00Z"


def _write_snapshot(
    folder: Path,
    *systems: dict[str, Any],
    mode: str = "full",
    base: str | None = None,
    ownership: dict[str, list[str]] | None = None,
) -> Path:
    folder.mkdir(parents=True)
    entries = []
    for system in systems:
        given = dict(system)
        streams = given.pop("streams", {})
        entry = {"kind": "shopify", "side": "shop", "started_at": _AT, "finished_at": "2026-11-23T06:10:00Z", **given}
        entry["streams"] = [_write_stream(folder, entry["name"], name, content, mode) for name, content in streams.items()]
        entries.append(entry)
    manifest = {
        "format": 1,
        "snapshot_id": folder.name,
        "mode": mode,
        "base": base,
        "started_at": _AT,
        "finished_at": _AT,
        "systems": entries,
        "ownership": ownership or {},
    }
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return folder


def _write_stream(folder: Path, system: str, key: str, content: Any, mode: str) -> dict[str, Any]:
    options = {}
    if isinstance(content, dict):
        options = {name: value for name, value in content.items() if name != "rows"}
        content = content["rows"]
    name, _, ending = key.partition(".")
    rows: int | None = None
    columns = None
    if isinstance(content, str):
        data, ending = content.encode(), ending or "csv"
        columns = next(csv.reader([content.splitlines()[0]]))
    elif isinstance(content, bytes):
        data = content
    else:
        data, ending, rows = b"".join(json.dumps(row).encode() + b"\n" for row in content), ending or "jsonl", len(content)
    path = folder / system / name / f"part-0000.{ending}"
    path.parent.mkdir(parents=True)
    path.write_bytes(data)
    file = {"path": path.relative_to(folder).as_posix(), "rows": rows, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    stream = {
        "name": name,
        "source": name,
        "entities": [name],
        "format": "csv" if ending.startswith("csv") else "jsonl",
        "columns": columns,
        "files": [file],
        "rows": rows or 0,
        "records": rows or 0,
        "window_from": "2026-11-22T06:00:00Z" if mode == "delta" else None,
        "window_to": "2026-11-23T06:05:00Z",
        "watermark": "2026-11-23T06:00:00Z",
        "complete": True,
    }
    return {**stream, **options}


@pytest.fixture
def staged(tmp_path: Path, write_snapshot: Callable[..., Path]) -> Iterator[Callable[..., Any]]:
    """A function that writes a snapshot by hand, builds its warehouse and connects to it as rules do."""
    from recon.warehouse import build, engine

    with ExitStack() as stack:

        def make(*systems: dict[str, Any], **options: Any) -> Any:
            folder = write_snapshot(tmp_path / f"20261123T060000Z-{len(list(tmp_path.iterdir())):04}", *systems, **options)
            return stack.enter_context(engine.connect(build.build(folder, memory="1GB")))

        yield make


@pytest.fixture
def model() -> Iterator[Any]:
    """An empty model in memory with one shop and one org."""
    from recon.warehouse import build, engine

    with engine.connect(None, locked=False) as con:
        build.create_model(con)
        con.execute(
            "insert into systems by name select * from (values ('shop', 'shopify', 'shop', 'Europe/Berlin'), "
            "('salesforce', 'salesforce', 'salesforce', null)) as s(system, kind, side, time_zone)"
        )
        yield con


@pytest.fixture(scope="session")
def rows_of() -> Callable[..., list[dict[str, Any]]]:
    """Rows of a query as dicts, in the query's order."""

    def rows(con: Any, query: str) -> list[dict[str, Any]]:
        result = con.execute(query)
        names = [column[0] for column in result.description]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]

    return rows
