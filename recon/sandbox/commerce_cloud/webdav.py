"""WebDAV of the instance, as an API client reads it: PROPFIND and GET below the folders that it was given; everything else is refused."""

from __future__ import annotations

import mimetypes
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote
from wsgiref.handlers import format_date_time
from xml.sax.saxutils import escape

from recon.sandbox.commerce_cloud import access
from recon.sandbox.commerce_cloud.web import Answer, Call, Refused

FRONT = "/on/demandware.servlet/webdav/Sites/"


def answer(call: Call) -> Answer:
    """Everything below ``…/webdav/Sites``."""
    folders = access.webdav(call)
    if folders is None:
        raise _refused(401, [("WWW-Authenticate", 'Basic realm="webdav"')])
    place = call.path.removeprefix(FRONT).strip("/")
    target = (call.shop.files / place).resolve()
    allowed = any(f"/{place}/".lower().startswith(f"{folder.rstrip('/').lower()}/") for folder in folders)
    if not allowed or not target.is_relative_to(call.shop.files.resolve()) or call.method not in {"GET", "HEAD", "PROPFIND"}:
        raise _refused(403)
    if not target.exists():
        raise _refused(404)
    if call.method == "PROPFIND":
        return _listed(call, target, place)
    if target.is_dir():
        raise _refused(405)
    kind = mimetypes.guess_type(target.name)[0] or "application/octet-stream"
    if target.suffix == ".gz":
        kind = "application/gzip"
    return Answer(200, target.read_bytes(), kind, [("Last-Modified", format_date_time(target.stat().st_mtime))])


def _refused(status: int, headers: Iterable[tuple[str, str]] = ()) -> Refused:
    return Refused(Answer(status, b"", "text/html", list(headers)))


def _listed(call: Call, target: Path, place: str) -> Answer:
    depth = call.header("depth") or "infinity"
    if depth not in {"0", "1"}:
        raise _refused(403)
    entries = [(target, place)]
    if depth == "1" and target.is_dir():
        entries += [(one, f"{place}/{one.name}") for one in sorted(target.iterdir())]
    inner = "".join(_entry(path, where) for path, where in entries)
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n<D:multistatus xmlns:D="DAV:">{inner}</D:multistatus>'
    return Answer(207, text.encode(), "application/xml;charset=UTF-8")


def _entry(path: Path, place: str) -> str:
    status, folder = path.stat(), path.is_dir()
    made = datetime.fromtimestamp(status.st_mtime, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    tag = f'W/"{status.st_size}-{int(status.st_mtime * 1000)}"'
    kind = "<D:resourcetype><D:collection/></D:resourcetype>" if folder else "<D:resourcetype/>"
    size = "" if folder else f"<D:getcontentlength>{status.st_size}</D:getcontentlength>"
    return (
        f"<D:response><D:href>{escape(quote(FRONT + place + ('/' if folder else '')))}</D:href><D:propstat><D:prop>"
        f"<D:displayname>{escape(path.name)}</D:displayname>{kind}{size}<D:creationdate>{made}</D:creationdate>"
        f"<D:getlastmodified>{format_date_time(status.st_mtime)}</D:getlastmodified>"
        f"<D:getetag>{escape(tag)}</D:getetag>"
        "</D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>"
    )
