"""The second origin: result files of bulk operations behind signed addresses."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterable, Iterator
from http import HTTPStatus
from pathlib import Path
from urllib.parse import parse_qs, unquote
from wsgiref.handlers import format_date_time
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from recon.sandbox.control import RequestLog
from recon.sandbox.faults import Faults, faulty
from recon.sandbox.shopify.bulk import BUCKET
from recon.sandbox.shopify.shop import Shop

_RANGE = re.compile(r"bytes=(\d*)-(\d*)")
_PIECE = 256 * 1024


def create_storage_app(shop: Shop, faults: Faults | None = None) -> WSGIApplication:
    """Serves result files, whole or by byte range, to whoever holds a signed address and sends no credentials."""

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        def refuse(status: int, code: str, message: str) -> Iterable[bytes]:
            body = f"<?xml version='1.0' encoding='UTF-8'?><Error><Code>{code}</Code><Message>{message}</Message></Error>".encode()
            start_response(_line(status), [("Content-Type", "application/xml; charset=UTF-8"), ("Content-Length", str(len(body)))])
            return [body]

        if environ["REQUEST_METHOD"] not in {"GET", "HEAD"}:
            return refuse(405, "MethodNotAllowed", "Results are only read.")
        if environ.get("HTTP_X_SHOPIFY_ACCESS_TOKEN") or environ.get("HTTP_AUTHORIZATION"):
            return refuse(400, "CredentialsLeaked", "A shop's token must never be sent to another origin.")
        path = _file(shop, environ)
        if path is None:
            return refuse(403, "SignatureDoesNotMatch", "The address is not signed by this store.")
        if int(parse_qs(environ["QUERY_STRING"])["Expires"][0]) < shop.now().timestamp():
            return refuse(403, "ExpiredToken", "The address has expired.")
        if not path.exists():
            return refuse(404, "NoSuchKey", "There is no such file.")
        return _send(shop, environ, start_response, path)

    return faulty(app, faults if faults is not None else shop.faults, RequestLog(shop.folder / "storage-requests.jsonl"), shop.clock)


def _line(status: int) -> str:
    return f"{status} {HTTPStatus(status).phrase}"


def _file(shop: Shop, environ: WSGIEnvironment) -> Path | None:
    """The file of a correctly signed address."""
    query = parse_qs(environ["QUERY_STRING"])
    raw = str(environ.get("RAW_URI") or environ["PATH_INFO"]).partition("?")[0]
    expires = query.get("Expires", [""])[0]
    name = unquote(raw).removeprefix(f"/{BUCKET}/")
    if "/" in name or not expires.lstrip("-").isdigit() or query.get("Signature") != [shop.bulk.sign(raw, int(expires))]:
        return None
    return shop.bulk.folder / name


def _send(shop: Shop, environ: WSGIEnvironment, start_response: StartResponse, path: Path) -> Iterable[bytes]:
    size = path.stat().st_size
    headers = [
        ("Content-Type", "application/jsonl"),
        ("Date", format_date_time(shop.now().timestamp())),
        ("ETag", f'"{path.stat().st_mtime_ns:x}-{size:x}"'),
        ("Accept-Ranges", "bytes"),
    ]
    asked = environ.get("HTTP_RANGE")
    if asked is None and shop.gzip_results and "gzip" in environ.get("HTTP_ACCEPT_ENCODING", ""):
        body = gzip.compress(path.read_bytes())
        start_response(_line(200), [*headers, ("Content-Encoding", "gzip"), ("Content-Length", str(len(body)))])
        return [body]
    window = _window(asked, size)
    if window is None:
        start_response(_line(416), [*headers, ("Content-Range", f"bytes */{size}"), ("Content-Length", "0")])
        return []
    first, last = window
    headers.append(("Content-Length", str(last - first + 1)))
    if asked is not None:
        headers.append(("Content-Range", f"bytes {first}-{last}/{size}"))
    start_response(_line(206 if asked is not None else 200), headers)
    return _pieces(path, first, last - first + 1)


def _window(asked: str | None, size: int) -> tuple[int, int] | None:
    """First and last byte; None where the range lies outside."""
    match = _RANGE.fullmatch(asked.strip()) if asked is not None else None
    if match is None:
        return 0, size - 1
    if not match[1]:
        return (max(0, size - int(match[2])), size - 1) if match[2] and size else None
    first, last = int(match[1]), min(int(match[2] or size - 1), size - 1)
    return (first, last) if first <= last else None


def _pieces(path: Path, start: int, length: int) -> Iterator[bytes]:
    with path.open("rb") as stream:
        stream.seek(start)
        while length > 0:
            piece = stream.read(min(_PIECE, length))
            if not piece:
                return
            length -= len(piece)
            yield piece
