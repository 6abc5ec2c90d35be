"""Bulk operations: accepted or refused, worked off in the background, advanced by polls, kept over a restart."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from graphql import parse

from recon.sandbox.shopify.access import Grant
from recon.sandbox.shopify.bulk_rules import BadQueryError, check_bulk_query, flat, fragments_of
from recon.sandbox.shopify.export import Exporter, as_text, shuffled
from recon.sandbox.shopify.resolvers import Reader
from recon.sandbox.shopify.schema import api_schema

if TYPE_CHECKING:
    from recon.sandbox.shopify.shop import Shop

Document = dict[str, Any]

MAX_RUNNING = 5
URL_DAYS = 7
BUCKET = "stand-in-results"
_OPEN = ("CREATED", "RUNNING", "CANCELING")


class Bulk:
    """The bulk operations of one shop. ``polls`` is how often an operation is looked at until it is finished."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._lock = threading.RLock()
        self._workers: dict[str, threading.Thread] = {}
        self._stop: set[str] = set()
        self.polls = 2
        self.patience = 10.0
        """Seconds that a poll waits for the background work, so that a client with a fake clock does not poll thousands of times"""
        self.folder = shop.folder / "results"
        self.folder.mkdir(parents=True, exist_ok=True)

    # -- what the API offers --------------------------------------------------------------------------------------------

    def run(self, reader: Reader, *, query: str, groupObjects: bool = False) -> Document:
        """bulkOperationRunQuery."""
        try:
            document, operation = check_bulk_query(query, reader.schema)
        except BadQueryError as error:
            return _refused(*({"field": ["query"], "message": message, "code": "INVALID"} for message in error.messages))
        names = [node.name.value for node in flat(operation.selection_set, fragments_of(document))]
        with self._lock:
            running = [entry["id"] for entry in self._all() if entry["status"] in _OPEN]
            if len(running) >= MAX_RUNNING or self._shop.fault("bulk_in_progress", *names) is not None:
                message = f"A bulk query operation for this app and shop is already in progress: {', '.join(running)}."
                return _refused({"field": None, "message": message, "code": "OPERATION_IN_PROGRESS"})
            entry = self._create(query, reader, names, grouped=groupObjects)
        self._work(entry["id"])
        return {"bulkOperation": entry, "userErrors": []}

    def cancel(self, reader: Reader, *, id: str) -> Document:
        """bulkOperationCancel."""
        with self._lock:
            entry = self._get(id)
            if entry is None:
                return _refused({"field": ["id"], "message": "Bulk operation does not exist"})
            if entry["status"] not in _OPEN:
                word = entry["status"].lower()
                return {
                    "bulkOperation": entry,
                    "userErrors": [{"field": None, "message": f"A bulk operation cannot be canceled when it is {word}"}],
                }
            self._stop.add(id)
            return {"bulkOperation": self._save({**entry, "status": "CANCELING"}), "userErrors": []}

    def read(self, gid: str) -> Document | None:
        """One operation as a poll sees it; looking moves it on."""
        self._wait(gid)
        with self._lock:
            entry = self._get(gid)
            return self._step(entry) if entry is not None else None

    def advance(self) -> None:
        """Move all open operations on, as listing them does."""
        open_now = [entry["id"] for entry in self._all() if entry["status"] in _OPEN]
        for gid in open_now:
            self.read(gid)

    def close(self) -> None:
        """Stop the background work; it begins anew when the operation is looked at after a restart."""
        self._stop.update(self._workers)
        for worker in list(self._workers.values()):
            worker.join()
        self._workers.clear()

    # -- the life of an operation ---------------------------------------------------------------------------------------

    def _create(self, query: str, reader: Reader, names: list[str], *, grouped: bool) -> Document:
        number = 7_000_000_000_001 + len(self._all())
        gid = f"gid://shopify/BulkOperation/{number}"
        scopes = sorted(reader.grant.scopes)
        state = {
            "polls": 0,
            "grouped": grouped,
            "names": names,
            "version": reader.schema.version,
            "scopes": scopes,
            "personal": reader.grant.personal,
        }
        self._shop.store.set_meta(f"bulk {gid}", state)
        return self._save({
            "id": gid, "status": "CREATED", "type": "QUERY", "query": query, "createdAt": self._shop.stamp(),
            "completedAt": None, "errorCode": None, "objectCount": "0", "rootObjectCount": "0",
            "fileSize": None, "url": None, "partialDataUrl": None,
        })  # fmt: skip

    def _step(self, entry: Document) -> Document:
        gid, status = entry["id"], entry["status"]
        if status == "CANCELING":
            return self._save({**entry, "status": "CANCELED", "completedAt": self._shop.stamp()})
        if status == "COMPLETED" and _time(entry["completedAt"]) + timedelta(days=URL_DAYS) < self._shop.now():
            return self._save({**entry, "status": "EXPIRED", "url": None})
        if status not in {"CREATED", "RUNNING"}:
            return entry
        state = self._state(gid)
        state["polls"] += 1
        self._shop.store.set_meta(f"bulk {gid}", state)
        if state["polls"] >= self.polls and self._done(gid) and self._shop.fault("bulk_slow", *state["names"]) is None:
            return self._finish(entry, state)
        return self._save({**entry, "status": "RUNNING"}) if status == "CREATED" else entry

    def _wait(self, gid: str) -> None:
        """Give the work time before a poll that could finish the operation; outside the lock, so that nobody else waits."""
        entry = self._get(gid)
        if entry is None or entry["status"] not in {"CREATED", "RUNNING"} or self._result(gid) is not None:
            return
        with self._lock:
            worker = self._workers.get(gid) or self._work(gid)
        if self._state(gid)["polls"] + 1 >= self.polls:
            worker.join(self.patience)

    def _done(self, gid: str) -> bool:
        worker = self._workers.get(gid)
        return self._result(gid) is not None or (worker is not None and not worker.is_alive())

    def _finish(self, entry: Document, state: Document) -> Document:
        gid = entry["id"]
        result = self._result(gid)
        entry = {**entry, "completedAt": self._shop.stamp()}
        names = state["names"]
        if result is None:  # the work broke off
            return self._save({**entry, "status": "FAILED", "errorCode": "INTERNAL_SERVER_ERROR"})
        if "refused" in result:
            return self._save({**entry, "status": "FAILED", "errorCode": "ACCESS_DENIED"})
        if (failed := self._shop.fault("bulk_failed", *names)) is not None:
            return self._save(self._failed(entry, result, str(failed.args.get("error_code", "INTERNAL_SERVER_ERROR"))))
        if self._shop.fault("bulk_expired", *names) is not None:
            return self._save({**entry, "status": "EXPIRED", **_counts(result)})
        if (cut := self._shop.fault("bulk_cut_file", *names)) is not None:
            self._rewrite(result["file"], lambda body: body[: int(len(body) * float(cut.args.get("share", 0.6)))])
        if (mixed := self._shop.fault("bulk_shuffled", *names)) is not None:
            self._rewrite(
                result["file"],
                lambda body: "".join(shuffled(body.decode().splitlines(keepends=True), int(mixed.args.get("seed", 0)))).encode(),
            )
        if (lost := self._shop.fault("bulk_lost_rows", *names)) is not None:
            result = self._lose(result, int(lost.args.get("every", 7)))
        late = self._shop.fault("bulk_url_expired", *names) is not None
        url = self.url_of(result["file"], -1 if late else URL_DAYS) if result["objects"] else None
        return self._save({**entry, "status": "COMPLETED", "url": url, **_counts(result)})

    def _failed(self, entry: Document, result: Document, code: str) -> Document:
        """A failed operation: the first half of its lines is still there for diagnosis."""
        path = self.folder / result["file"]
        lines = path.read_bytes().splitlines(keepends=True)[: result["objects"] // 2]
        partial = result["file"].replace(".jsonl", "-partial.jsonl")
        (self.folder / partial).write_bytes(b"".join(lines))
        roots = sum(b'"__parentId"' not in line for line in lines)
        counts = _counts({"objects": len(lines), "roots": roots, "bytes": None})
        return {
            **entry,
            "status": "FAILED",
            "errorCode": code,
            "partialDataUrl": self.url_of(partial, URL_DAYS) if lines else None,
            **counts,
        }

    def _lose(self, result: Document, every: int) -> Document:
        """Drop every n-th root with its children and count what is left: nothing in the operation tells."""
        lines = [json.loads(line) for line in (self.folder / result["file"]).read_text(encoding="utf-8").splitlines()]
        roots = [line.get("id") for line in lines if "__parentId" not in line]
        lost = set(roots[every - 1 :: every])
        kept = []
        for line in lines:
            if line.get("id") in lost or line.get("__parentId") in lost:
                lost.add(line.get("id"))
            else:
                kept.append(line)
        body = "".join(map(as_text, kept)).encode()
        self._rewrite(result["file"], lambda _: body)
        return {**result, "objects": len(kept), "roots": sum("__parentId" not in line for line in kept), "bytes": len(body)}

    def _rewrite(self, name: str, change: Any) -> None:
        path = self.folder / name
        path.write_bytes(change(path.read_bytes()))

    # -- the work -------------------------------------------------------------------------------------------------------

    def _work(self, gid: str) -> threading.Thread:
        worker = threading.Thread(target=self._export, args=(gid,), name=f"bulk-{gid.rsplit('/', 1)[-1]}", daemon=True)
        self._workers[gid] = worker
        worker.start()
        return worker

    def _export(self, gid: str) -> None:
        state = self._state(gid)
        entry = self._get(gid)
        assert entry is not None  # noqa: S101 - operations are never deleted
        schema = api_schema(state["version"])
        grant = Grant(state["scopes"], personal=state["personal"], now=self._shop.now())
        document = parse(entry["query"])
        exporter = Exporter(Reader(self._shop, schema, grant), document, document.definitions[_operation_at(document)])  # type: ignore[arg-type]
        refused = exporter.refused()
        if refused is not None:
            result: Document | None = {"refused": refused}
        else:
            result = self._write(gid, exporter, grouped=state["grouped"])
        if result is not None:
            # a key of its own and no lock: a poll that waits for this thread holds the lock
            self._shop.store.set_meta(f"bulk result {gid}", result)

    def _write(self, gid: str, exporter: Exporter, *, grouped: bool) -> Document | None:
        name = f"bulk-{gid.rsplit('/', 1)[-1]}-{secrets.token_hex(4)}.jsonl"
        part = self.folder / f"{name}.part"
        objects = roots = size = 0
        with part.open("wb") as stream:
            for line in exporter.lines(grouped=grouped):
                if gid in self._stop:
                    return None
                text = as_text(line.record).encode()
                objects, roots, size = objects + 1, roots + (line.level == 0), size + len(text)
                stream.write(text)
        part.rename(self.folder / name)
        return {"file": name, "objects": objects, "roots": roots, "bytes": size}

    # -- addresses of results -------------------------------------------------------------------------------------------

    def url_of(self, name: str, days: float) -> str:
        """A signed address of a result file on the storage server."""
        expires = int((self._shop.now() + timedelta(days=days)).timestamp())
        path = f"/{BUCKET}/{quote(name)}"
        query = urlencode({
            "GoogleAccessId": f"results@{BUCKET}.example",
            "Expires": expires,
            "Signature": self.sign(path, expires),
            "response-content-disposition": f'attachment; filename="{name}"',
            "response-content-type": "application/jsonl",
        })  # fmt: skip
        return f"{self._shop.storage_url}{path}?{query}"

    def sign(self, path: str, expires: int) -> str:
        """The signature that an address must carry."""
        return hmac.new(self._shop.signing_key, f"{path} {expires}".encode(), hashlib.sha256).hexdigest()

    # -- records --------------------------------------------------------------------------------------------------------

    def _all(self) -> list[Document]:
        return [json.loads(row[0]) for row in self._shop.store.rows("select doc from docs where kind = 'bulk_operations' order by num")]

    def _get(self, gid: str) -> Document | None:
        entry = self._shop.store.get(gid)
        return dict(entry[1]) if entry is not None and entry[0] == "bulk_operations" else None

    def _save(self, entry: Document) -> Document:
        self._shop.store.put_all("bulk_operations", [entry])
        return entry

    def _result(self, gid: str) -> Document | None:
        result: Document | None = self._shop.store.meta(f"bulk result {gid}")
        return result

    def _state(self, gid: str) -> Document:
        return dict(self._shop.store.meta(f"bulk {gid}", {}))


def _operation_at(document: Any) -> int:
    return next(position for position, node in enumerate(document.definitions) if node.kind == "operation_definition")


def _counts(result: Document) -> Document:
    size = result["bytes"]
    return {
        "objectCount": str(result["objects"]),
        "rootObjectCount": str(result["roots"]),
        "fileSize": str(size) if size else None,
    }


def _refused(*errors: Document) -> Document:
    return {"bulkOperation": None, "userErrors": list(errors)}


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
