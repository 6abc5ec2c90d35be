"""Bodies of answers: decoded under limits, checked for being whole, parsed without losing a digit."""

from __future__ import annotations

import io
import json
import tempfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from types import TracebackType
from typing import IO, Any, NoReturn

import zstandard

BLOCK = 64 * 1024
RATIO = 200
"""A body that unpacks to more than this many times its size is a bomb: gzip reaches about 1030, JSON and CSV about 30."""
RATIO_FROM = 10 * 2**20
"""Bytes from which the ratio counts; small pages of equal rows pack very well."""
DEPTH = 64


class BrokenBody(Exception):
    """The body is cut or damaged: the same request may bring a whole one."""


class RefusedBody(Exception):
    """The body is larger, deeper or more tightly packed than any honest one."""


def decoded(blocks: Iterable[bytes], encoding: str, limit: int) -> Iterator[bytes]:
    """Decode blocks as they come from the wire.

    Raises BrokenBody where compressed data is damaged or ends early (a checksum of the wire does not see that), RefusedBody
    where more than ``limit`` bytes come out or the ratio is absurd.
    """
    inflate = _inflater(encoding)
    wire = plain = 0
    for block in blocks:
        wire += len(block)
        for piece in inflate.feed(block):
            plain += len(piece)
            if plain > limit:
                raise RefusedBody(f"is larger than {limit // 2**20} MiB")
            if plain > RATIO_FROM and plain > RATIO * wire:
                raise RefusedBody(f"unpacks to more than {RATIO} times its size")
            yield piece
    inflate.finish()


class _Plain:
    def feed(self, block: bytes) -> Iterator[bytes]:
        yield block

    def finish(self) -> None:
        pass


class _Inflate:
    """Gzip of one or several members, or zlib; never unpacks more than a mebibyte at a time."""

    def __init__(self) -> None:
        self._engine = zlib.decompressobj(zlib.MAX_WBITS | 32)
        self._seen = False

    def feed(self, block: bytes) -> Iterator[bytes]:
        data = block
        while data:
            if self._engine.eof:
                self._engine = zlib.decompressobj(zlib.MAX_WBITS | 32)
            self._seen = True
            try:
                piece = self._engine.decompress(data, 2**20)
            except zlib.error:
                raise BrokenBody("holds damaged compressed data") from None
            if piece:
                yield piece
            data = self._engine.unused_data if self._engine.eof else self._engine.unconsumed_tail
            if not data and len(piece) == 2**20:
                yield from self._rest()

    def _rest(self) -> Iterator[bytes]:
        """What the engine still holds after the last input byte was taken."""
        while not self._engine.eof:
            piece = self._engine.decompress(b"", 2**20)
            if not piece:
                return
            yield piece

    def finish(self) -> None:
        if self._seen and not self._engine.eof:
            raise BrokenBody("ends in the middle of its compressed data")


def _inflater(encoding: str) -> _Plain | _Inflate:
    name = encoding.strip().lower()
    if name in {"", "identity"}:
        return _Plain()
    if name in {"gzip", "x-gzip", "deflate"}:
        return _Inflate()
    raise RefusedBody("is packed in a way that was not asked for")


def parse_json(body: bytes, *, parse_float: Callable[[str], Any] = Decimal) -> Any:
    """JSON with numbers kept exact.

    ``parse_float`` decides what a fraction becomes (Decimal or str, never float). Raises BrokenBody for text that is no JSON, for NaN and
    Infinity; RefusedBody where it is nested deeper than 64 levels.
    """
    try:
        value = json.loads(body, parse_float=parse_float, parse_constant=_refuse_constant)
    except RecursionError:
        raise RefusedBody(f"is nested deeper than {DEPTH} levels") from None
    except ValueError:
        raise BrokenBody("is cut or is no JSON") from None
    _check_depth(value)
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _check_depth(value: Any) -> None:
    level = [value]
    for _ in range(DEPTH):
        below: list[Any] = []
        for item in level:
            if isinstance(item, dict):
                below.extend(child for child in item.values() if isinstance(child, (dict, list)))
            elif isinstance(item, list):
                below.extend(child for child in item if isinstance(child, (dict, list)))
        if not below:
            return
        level = below
    raise RefusedBody(f"is nested deeper than {DEPTH} levels")


class Download:
    """A whole, checked download in an unnamed temporary file (owner only, packed); gone when closed."""

    def __init__(self) -> None:
        self._file: IO[bytes] = tempfile.TemporaryFile(prefix="recon-")  # noqa: SIM115 -- lives as long as this object
        self.size = 0
        self.headers: dict[str, str] = {}
        """Headers of the answer, names in lower case"""

    def fill(self, pieces: Iterable[bytes]) -> None:
        """Store all pieces; called once per attempt, an earlier attempt's bytes are dropped."""
        self._file.seek(0)
        self._file.truncate()
        self.size = 0
        with zstandard.ZstdCompressor(level=1).stream_writer(self._file, closefd=False) as writer:
            for piece in pieces:
                self.size += len(piece)
                writer.write(piece)

    def blocks(self, size: int = 2**20) -> Iterator[bytes]:
        """The decoded bytes, from the start."""
        self._file.seek(0)
        with zstandard.ZstdDecompressor().stream_reader(self._file, closefd=False) as reader:
            while block := reader.read(size):
                yield block

    def lines(self) -> Iterator[bytes]:
        """The lines with their line ends (only ``\\n`` ends one); a last line without end comes as it is."""
        self._file.seek(0)
        with zstandard.ZstdDecompressor().stream_reader(self._file, closefd=False) as reader:
            yield from io.BufferedReader(reader, 2**20)

    def close(self) -> None:
        """Give the disk space back."""
        self._file.close()

    def __enter__(self) -> Download:
        """Context manager: closes itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Close, whatever happened."""
        self.close()
