"""Raw files of snapshots, record by record: whose they are, what they hold, and how they are written anew with every line in its place."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

import zstandard

from recon.errors import StoreError
from recon.forget import layers
from recon.forget.eraser import Eraser, Value, csv_record, json_line, values_of
from recon.forget.person import Person
from recon.snapshot import manifest as manifests
from recon.snapshot.again import FOLDER as LOOKS
from recon.snapshot.files import explained, sync_directory, write_atomic, write_json
from recon.snapshot.store import checksum

ASIDE = ".forgetting"
LOG = "forgetting.json"
"""What is being put in place in a snapshot; holds paths and checksums only, so that a killed command can be ended by the next one."""


@dataclass(frozen=True)
class RawFile:
    """One file of one stream."""

    snapshot: Path
    path: Path
    declared: frozenset[str]
    """paths of fields that hold personal data"""
    second: bool
    """lies in the second look, whose rows no table names by their lines"""

    @property
    def form(self) -> str:
        """How its records are told apart."""
        name = self.path.name.removesuffix(".zst").removesuffix(".gz").removesuffix(".part")
        ending = name.rsplit(".", 1)[-1].lower()
        return ending if ending in {"csv", "jsonl"} else "whole"


def files(state_dir: Path) -> list[RawFile]:
    """All of them, those of unfinished snapshots too."""
    found = []
    declared: dict[tuple[str, str], frozenset[str]] = {}
    folders = sorted(path for path in (state_dir / "snapshots").glob("*/") if path.is_dir())
    for folder in folders:
        if (folder / manifests.FILE_NAME).is_file():
            for system in manifests.load(folder).systems:
                for stream in system.streams:
                    declared[system.name, stream.name] = frozenset(stream.personal)
    for folder in folders:
        for base, second in ((folder, False), (folder / LOOKS, True)):
            for path in sorted(base.glob("*/*/*")):
                key = (path.parent.parent.name, path.parent.name)
                if path.is_file() and key[0] not in {LOOKS, "progress"}:
                    found.append(RawFile(folder, path, declared.get(key, frozenset()), second))
    return found


def survey(found: Iterable[RawFile], person: Person, eraser: Eraser) -> set[Value]:
    """Values that the person's raw records hold in fields of their streams that are declared personal."""
    values: set[Value] = set()
    for file in found:
        lines = person.lines.get(file.path.resolve(), set())
        header: list[str] = []
        for number, text in records(file):
            if number == 1 and file.form == "csv":
                header = next(csv.reader([text], delimiter=_delimiter(text)))
            elif file.form != "whole" and (number in lines or eraser.names(text)):
                values |= set(values_of(_parsed(file, text, header), file.declared))
    return values


def _parsed(file: RawFile, text: str, header: list[str]) -> Any:
    if file.form == "csv":
        return dict(zip(header, next(csv.reader(io.StringIO(text), delimiter=_delimiter(",".join(header))), []), strict=False))
    try:
        return json.loads(text)
    except ValueError:
        return {}


def borne_by_others(found: Iterable[RawFile], person: Person, eraser: Eraser) -> set[str]:
    """Which of the eraser's hard values records of other people hold too, in lower case: those are nobody's alone."""
    others: set[str] = set()
    single = {value.text.casefold(): Eraser.of([value], (), eraser.tag) for value in eraser.hard}
    for file in found:
        if file.second or file.form == "whole":
            continue
        lines = person.lines.get(file.path.resolve(), set())
        for number, text in records(file):
            if eraser.is_hit(text) and number not in lines and not eraser.names(text):
                others |= {one for one, alone in single.items() if one not in others and alone.is_hit(text)}
    return others


def count(file: RawFile, person: Person, eraser: Eraser) -> tuple[int, bool]:
    """Records of the person in a file that hold anything, and whether a word of it has to change."""
    lines = person.lines.get(file.path.resolve(), set())
    touched = sum(new != text for _, text, new in _swapped(file, lines, eraser))
    return touched, bool(touched)


def records(file: RawFile) -> Iterator[tuple[int, str]]:
    """Records as they are written, each with its line end, counted from 1 as tables count lines; other files are one record."""
    with _open(file.path) as stream:
        if file.form == "whole":
            yield 1, "".join(layers.texts(file.path))
            return
        text = io.TextIOWrapper(stream, encoding="utf-8", errors="surrogateescape", newline="\n")
        held, number = "", 0
        for line in text:
            held += line
            if file.form == "csv" and held.count('"') % 2:
                continue
            number += 1
            yield number, held
            held = ""
        if held:
            yield number + 1, held


def _open(path: Path) -> IO[bytes]:
    if path.suffix == ".zst":
        return cast("IO[bytes]", zstandard.ZstdDecompressor().stream_reader(path.open("rb"), read_across_frames=True, closefd=True))
    return cast("IO[bytes]", gzip.open(path, "rb")) if path.suffix == ".gz" else path.open("rb")


def _delimiter(header: str) -> str:
    return max(",;\t|", key=header.count)


def _swapped(file: RawFile, lines: set[int], eraser: Eraser) -> Iterator[tuple[int, str, str]]:
    header: list[str] = []
    delimiter = ","
    for number, text in records(file):
        if number == 1 and file.form == "csv":
            delimiter = _delimiter(text)
            header = next(csv.reader([text], delimiter=delimiter))
            yield number, text, text
        elif file.form != "whole" and (number in lines or eraser.names(text)):
            if file.form == "csv":
                yield number, text, csv_record(eraser, text, header, file.declared, delimiter)
            else:
                yield number, text, json_line(eraser, text, file.declared)
        else:
            yield number, text, eraser.clean(text)


def erase(state_dir: Path, person: Person, eraser: Eraser, found: Iterable[RawFile]) -> Counter[Path]:
    """Write files anew and bring manifests and progress notes up to them; returns how many records of each snapshot changed."""
    changed: Counter[Path] = Counter()
    by_snapshot: dict[Path, list[RawFile]] = {}
    for file in found:
        by_snapshot.setdefault(file.snapshot, []).append(file)
    for folder, inside in by_snapshot.items():
        made: dict[str, dict[str, Any]] = {}
        for file in inside:
            touched, is_changed = count(file, person, eraser)
            if is_changed:
                aside = file.path.with_name(file.path.name + ASIDE)
                _write(file, person.lines.get(file.path.resolve(), set()), eraser, aside)
                relative = file.path.relative_to(folder).as_posix()
                made[relative] = {"sha256": checksum(aside), "bytes": aside.stat().st_size}
                changed[folder] += touched
        if made:
            write_json(folder / LOG, made)
            finish(folder)
    for folder in sorted(path for path in (state_dir / "snapshots").glob("*/") if path.is_dir()):
        changed[folder] += _notes(folder, eraser)
    return +changed


def finish(folder: Path) -> None:
    """Put in place what was written aside; also after a kill."""
    path = folder / LOG
    if not path.is_file():
        for leftover in folder.rglob(f"*{ASIDE}"):
            leftover.unlink()
        return
    made: dict[str, dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    for name in ("warehouse.duckdb", "warehouse.duckdb.wal"):
        (folder / name).unlink(missing_ok=True)
    with explained(folder):
        for relative in made:
            aside = folder / (relative + ASIDE)
            if aside.exists():
                aside.replace(folder / relative)
                sync_directory((folder / relative).parent)
    for note in _notes_of(folder):
        base = f"{LOOKS}/" if note.is_relative_to(folder / LOOKS) else ""
        data = json.loads(note.read_text(encoding="utf-8"))
        _restate(data, {name.removeprefix(base): facts for name, facts in made.items() if name.startswith(base)})
        write_json(note, data)
    path.unlink()


def _notes_of(folder: Path) -> list[Path]:
    return sorted(path for base in (folder, folder / LOOKS) for path in (*base.glob(manifests.FILE_NAME), *base.glob("progress/*.json")))


def _restate(node: Any, made: Mapping[str, Mapping[str, Any]]) -> None:
    """Sizes and checksums of files, wherever a note holds them; a note without one gets none."""
    if isinstance(node, dict):
        facts = made.get(str(node.get("path")))
        if facts and "bytes" in node:
            node.update({name: value for name, value in facts.items() if node.get(name) is not None})
        for value in node.values():
            _restate(value, made)
    elif isinstance(node, list):
        for item in node:
            _restate(item, made)


def _notes(folder: Path, eraser: Eraser) -> int:
    """Notes themselves: keys that records were asked for by, places from which reading goes on."""
    touched = 0
    for path in _notes_of(folder):
        text = path.read_text(encoding="utf-8")
        data = json.loads(text)
        new = eraser.tree(data)
        if new != data:
            touched += 1
            write_json(path, new)
    return touched


def _write(file: RawFile, lines: set[int], eraser: Eraser, aside: Path) -> None:
    if file.form == "whole":
        made = layers.rewritten(file.path.read_bytes(), eraser.clean)
        if made is None:
            raise StoreError(
                f"{file.path} holds the person, and recon cannot write such a file anew.", "Remove the snapshot, and run again."
            )
        write_atomic(aside, made)
        return
    with explained(aside), aside.open("wb") as raw:
        aside.chmod(0o600)
        with _packer(file.path, raw) as out:
            for _, _, new in _swapped(file, lines, eraser):
                out.write(new.encode("utf-8", "surrogateescape"))


def _packer(path: Path, raw: IO[bytes]) -> Any:
    if path.suffix == ".zst":
        return zstandard.ZstdCompressor(level=3).stream_writer(raw, closefd=False)
    return gzip.GzipFile("", "wb", 6, raw, mtime=0) if path.suffix == ".gz" else _Plain(raw)


class _Plain:
    """A file that is not packed, with the manners of one that is."""

    def __init__(self, raw: IO[bytes]) -> None:
        self.write = raw.write

    def __enter__(self) -> _Plain:
        return self

    def __exit__(self, *_: object) -> None:
        """Whoever opened the file closes it."""
