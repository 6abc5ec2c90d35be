"""Where exported files lie: a folder of this machine, or one of WebDAV. Files are told apart by what is in them, not by their names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote, unquote, urlsplit
from xml.parsers import expat

from recon.errors import SourceError
from recon.systems import body
from recon.systems.body import Download
from recon.systems.commerce_cloud.client import Client
from recon.systems.commerce_cloud.xml import SHAPES, Found, Reader, Shape, Unfit

ENDINGS = (".xml", ".xml.gz")
LEVELS = 6
"""How deep below the folder files are looked for: instance/customer-lists/x.xml, instance/sites/y/z.xml"""
MOST = 20_000
"""Files that are looked at"""
_BLOCK = 256 * 1024

# 20261123-153000, 2026-11-23_15-30-00, 20261123153000123 …: the prefix that the vendor's job steps give to their files
_STAMP = re.compile(
    r"(?<!\d)(20\d{2})[-_.]?(0[1-9]|1[0-2])[-_.]?([0-2]\d|3[01])(?:[-_.T ]?([01]\d|2[0-3])[-_.:]?([0-5]\d)[-_.:]?([0-5]\d)(\d{3})?)?(?!\d)"
)


@dataclass(frozen=True)
class File:
    """One file. ``address`` is its path here or there, ``shown`` its path below the folder, ``size`` in bytes."""

    address: str
    shown: str
    size: int
    changed: datetime
    tag: str = ""

    @property
    def written(self) -> datetime:
        """When it was exported: the time stamp in its name, or else when it was last changed."""
        found = list(_STAMP.finditer(self.shown.rpartition("/")[2]))
        for match in found[:1]:
            parts = [int(part or 0) for part in match.groups()[:6]]
            try:
                return datetime(parts[0], parts[1], parts[2], parts[3], parts[4], parts[5], tzinfo=UTC)
            except ValueError:
                break
        return self.changed

    @property
    def mark(self) -> str:
        """Changes when the file does."""
        return f"{self.shown}|{self.size}|{self.changed.isoformat()}|{self.tag}"


class Place(Protocol):
    """A folder with files."""

    def files(self) -> list[File]:
        """All files below it that may be exports, oldest first."""
        ...

    def blocks(self, file: File) -> AbstractContextManager[Iterator[bytes]]:
        """The file's bytes as they are."""
        ...

    def drop(self, file: File) -> None:
        """The file is not needed any more."""
        ...


def in_order(files: Iterable[File]) -> list[File]:
    """Oldest first, so that what comes later is newer."""
    return sorted(files, key=lambda file: (file.written, file.changed, file.shown))


class Folder:
    """A folder of this machine."""

    def __init__(self, path: Path, system: str) -> None:
        self._path = path
        self._system = system

    def files(self) -> list[File]:
        """Files by age; links that lead out of the folder are left out. SourceError where there is no such folder."""
        if not self._path.is_dir():
            raise SourceError(
                f"{self._system}: there is no folder {self._path}.",
                "Correct impex in recon.toml, or put the files there.",
                system=self._system,
            )
        root = self._path.resolve()
        found = []
        for path in sorted(self._path.rglob("*")):
            if not path.name.lower().endswith(ENDINGS) or not path.is_file() or not path.resolve().is_relative_to(root):
                continue
            state = path.stat()
            changed = datetime.fromtimestamp(state.st_mtime, UTC)
            found.append(File(str(path), path.relative_to(self._path).as_posix(), state.st_size, changed, str(state.st_mtime_ns)))
        return in_order(found)

    @contextmanager
    def blocks(self, file: File) -> Iterator[Iterator[bytes]]:
        """The file's bytes."""
        try:
            with Path(file.address).open("rb") as stream:
                yield iter(lambda: stream.read(_BLOCK), b"")
        except OSError as error:
            raise SourceError(
                f"{self._system}: {file.shown} cannot be read ({error.strerror}).", "Check its rights.", system=self._system
            ) from None

    def drop(self, file: File) -> None:
        """Nothing is held."""


class Dav:
    """A folder of WebDAV; asked with PROPFIND and GET only. A file is fetched once and kept, packed, until it was read."""

    def __init__(self, client: Client, url: str) -> None:
        self._client = client
        self._root = unquote(urlsplit(url).path).rstrip("/") + "/"
        self._kept: dict[str, Download] = {}

    def files(self) -> list[File]:
        """Files by age, from one question for each folder."""
        found: list[File] = []
        folders = [(self._root, 0)]
        while folders:
            path, level = folders.pop()
            for entry in self._entries(path):
                if entry.is_folder and level < LEVELS:
                    folders.append((entry.path.rstrip("/") + "/", level + 1))
                elif not entry.is_folder and entry.path.lower().endswith(ENDINGS):
                    found.append(self._file(entry))
            if len(found) + len(folders) > MOST:
                raise SourceError(
                    f"{self._client.name}: impex holds more than {MOST:,} files.",
                    "Name a folder for recon alone.",
                    system=self._client.name,
                )
        return in_order(found)

    def _file(self, entry: _Entry) -> File:
        return File(quote(entry.path), entry.path.removeprefix(self._root), entry.size, entry.changed, entry.tag)

    def _entries(self, path: str) -> list[_Entry]:
        answer = self._client.asked(f"the folder {unquote(path)}", lambda: self._client.folder(quote(path)))
        try:
            entries = _multistatus(answer)
        except Unfit:
            raise SourceError(
                f"{self._client.name}: the folder {path} is not answered with a list of files.",
                "impex must be the address of a folder of WebDAV.",
                system=self._client.name,
            ) from None
        # only what lies directly in the folder: a server may not lead elsewhere
        return [entry for entry in entries if entry.path.rstrip("/").rpartition("/")[0] + "/" == path and ".." not in entry.path.split("/")]

    @contextmanager
    def blocks(self, file: File) -> Iterator[Iterator[bytes]]:
        """The file's bytes, after all of them have come."""
        if file.mark not in self._kept:
            self._kept[file.mark] = self._fetched(file)
        yield self._kept[file.mark].blocks()

    def _fetched(self, file: File) -> Download:
        download: Download = self._client.asked(f"the file {file.shown}", lambda: self._client.file(file.address))
        if file.size >= 0 and download.size != file.size:
            download.close()
            raise SourceError(
                f"{self._client.name}: {file.shown} has another size than its folder says.",
                "It is being written; run it again later.",
                system=self._client.name,
            )
        return download

    def drop(self, file: File) -> None:
        """Give its disk space back."""
        if file.mark in self._kept:
            self._kept.pop(file.mark).close()


@dataclass
class _Entry:
    path: str = ""
    size: int = -1
    changed: datetime = datetime(1970, 1, 1, tzinfo=UTC)
    tag: str = ""
    is_folder: bool = False


def _multistatus(answer: bytes) -> list[_Entry]:
    """The entries of an answer to PROPFIND (RFC 4918 section 14.16). Unfit where it is none."""
    entries: list[_Entry] = []
    text: list[str] = []
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True

    def refuse(*_: Any) -> None:
        raise Unfit("it declares a document type")

    def start(name: str, _: dict[str, str]) -> None:
        text.clear()
        if not entries and name not in {"DAV: multistatus", "DAV: response"}:
            raise Unfit("it is no multistatus")
        if name == "DAV: response":
            entries.append(_Entry())
        elif name == "DAV: collection" and entries:
            entries[-1].is_folder = True

    def end(name: str) -> None:
        if entries:
            _take(entries[-1], name, "".join(text).strip())

    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = refuse
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, text.append
    try:
        parser.Parse(answer, True)
    except (expat.ExpatError, UnicodeError, ValueError, LookupError):
        raise Unfit("it is no well-formed XML") from None
    return entries


def _take(entry: _Entry, name: str, text: str) -> None:
    if name == "DAV: href":
        entry.path = unquote(urlsplit(text).path)
    elif name == "DAV: getcontentlength" and text.isdecimal():
        entry.size = int(text)
    elif name == "DAV: getetag":
        entry.tag = text
    elif name == "DAV: getlastmodified":
        try:
            entry.changed = parsedate_to_datetime(text).astimezone(UTC)
        except (TypeError, ValueError):
            return


class Impex:
    """The exported files of one instance."""

    def __init__(self, place: Place, system: str, limit: int) -> None:
        self._place = place
        self._system = system
        self._limit = limit
        self._known: dict[str, Shape | None] = {}
        self._files: list[File] | None = None
        self.kinds: frozenset[str] = frozenset()
        """Kinds of files that are read; others give their disk space back as soon as they are known"""

    def files(self) -> list[File]:
        """All files, asked once."""
        if self._files is None:
            self._files = self._place.files()
        return self._files

    def now(self) -> list[str]:
        """Marks of the files that are there at this moment."""
        return [file.mark for file in self._place.files()]

    def done(self, file: File) -> None:
        """The file was read to its end."""
        self._place.drop(file)

    def close(self) -> None:
        """Give disk space back."""
        for file in self._files or []:
            self._place.drop(file)

    def of(self, kind: str, *, whole: bool = False) -> list[File]:
        """Files of one kind, oldest first; ``whole``: only those of the newest time stamp."""
        found = [file for file in self.files() if (shape := self.shape(file)) is not None and shape.kind == kind]
        if whole and found:
            newest = max(file.written for file in found)
            found = [file for file in found if file.written == newest]
        return found

    def shape(self, file: File) -> Shape | None:
        """What kind of file it is; None for one that is not read. SourceError where nothing tells."""
        if file.mark not in self._known:
            reader = Reader()
            try:
                with self._place.blocks(file) as blocks:
                    self._known[file.mark] = reader.probe(self._plain(file, blocks))
            except Unfit as error:
                self._known[file.mark] = self._by_name(file, error)
            shape = self._known[file.mark]
            if shape is None or shape.kind not in self.kinds:
                self._place.drop(file)
        return self._known[file.mark]

    def _by_name(self, file: File, error: Unfit) -> Shape | None:
        """A broken file belongs to the stream that its name speaks of, so that this stream is not called complete."""
        words = {"customer": "customers", "order": "orders", "inventor": "inventory", "price": "pricebook", "catalog": "catalog"}
        kind = next((kind for word, kind in words.items() if word in file.shown.lower()), None)
        if kind is None:
            raise self._unfit(file, error) from None
        return next(shape for shape in SHAPES if shape.kind == kind)

    def _unfit(self, file: File, error: Unfit) -> SourceError:
        return SourceError(
            f"{self._system}: {file.shown} cannot be read: {error}.", "Export it again, or take it away.", system=self._system
        )

    def records(self, file: File) -> Iterator[Found]:
        """The records of a file; SourceError where it is broken, cut or not to be trusted."""
        try:
            with self._place.blocks(file) as blocks:
                yield from Reader().records(self._plain(file, blocks))
        except Unfit as error:
            raise self._unfit(file, error) from None

    def _plain(self, file: File, blocks: Iterable[bytes]) -> Iterator[bytes]:
        """Unpacked, and no more than the limit."""
        encoding = "gzip" if file.shown.lower().endswith(".gz") else ""
        try:
            yield from body.decoded(blocks, encoding, self._limit)
        except body.BrokenBody as error:
            raise Unfit(f"it {error}") from None
        except body.RefusedBody as error:
            raise Unfit(f"it {error}") from None
