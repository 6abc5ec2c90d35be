"""The stand-in shop over HTTP: tokens and the Admin GraphQL API.

Faults that this platform shows besides those of :mod:`recon.sandbox.faults`; what a fault's expression is searched in is
the fault's own name, the names of the root fields, and (for those of a request) ``POST /admin/…``:

====================  ================================================================================================
``throttled``         THROTTLED as HTTP 200, the bucket is drained; ``available`` says what is left (0)
``internal_error``    INTERNAL_SERVER_ERROR with a request id as HTTP 200
``empty_data``        ``{"data": null}`` without an error
``token_expired``     401 and the token is revoked (use ``after`` for the k-th call)
``scope_missing``     the request runs without ``scope``
``version_fell_forward``  the answer's version header says ``version`` (the newest)
``loop_cursor``       a following page hands its own cursor out again and says there is more
``hidden``            a page lacks a record in its middle, which counts have
``stale_search``      lists know nothing of the last ``minutes`` (10)
``bulk_in_progress``  the run is refused with OPERATION_IN_PROGRESS
``bulk_failed``       FAILED with ``error_code`` (INTERNAL_SERVER_ERROR) and half of the lines under partialDataUrl
``bulk_expired``      EXPIRED instead of COMPLETED
``bulk_url_expired``  the result's address is out of date: the storage answers 403
``bulk_slow``         one more poll sees RUNNING
``bulk_cut_file``     the file ends after ``share`` (0.6) of its bytes, the counts are those of the whole
``bulk_shuffled``     lines in another order, children before their parents; ``seed``
``bulk_lost_rows``    every ``every``-th (7th) root is missing and the counts agree with what is left
====================  ================================================================================================
"""

from __future__ import annotations

import functools
import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus
from types import TracebackType
from typing import Any
from urllib.parse import parse_qsl
from wsgiref.handlers import format_date_time
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from graphql import DocumentNode, GraphQLError, OperationDefinitionNode, execute_sync, get_operation_ast, parse, validate

from recon.sandbox.control import RequestLog
from recon.sandbox.faults import Faults, faulty
from recon.sandbox.server import Server
from recon.sandbox.shopify.bulk_rules import flat, fragments_of
from recon.sandbox.shopify.cost import MAX_QUERY_COST, Costing
from recon.sandbox.shopify.errors import bad_variable, spoken, validation_rules
from recon.sandbox.shopify.resolvers import Obj, Reader, resolve_field, resolve_type
from recon.sandbox.shopify.schema import ApiSchema, api_schema
from recon.sandbox.shopify.shop import TOKEN_SECONDS, Shop
from recon.sandbox.shopify.storage import create_storage_app
from recon.sandbox.tls import Certs

Document = dict[str, Any]


@dataclass
class _Answer:
    status: int
    body: Any
    version: str | None = None


def create_app(shop: Shop, faults: Faults | None = None) -> WSGIApplication:
    """The Admin API of a shop, with faults (kept in the shop's folder unless given), the log of requests and the clock around it."""
    shop.faults = faults if faults is not None else shop.faults

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path, method = environ["PATH_INFO"], environ["REQUEST_METHOD"]
        body = environ["wsgi.input"].read()
        answer = _route(shop, method, path, environ, body)
        data = json.dumps(answer.body, ensure_ascii=False, separators=(",", ":")).encode()
        headers = [
            ("Content-Type", "application/json; charset=utf-8"),
            ("Content-Length", str(len(data))),
            ("X-Request-Id", secrets.token_hex(8)),
            ("Date", format_date_time(shop.now().timestamp())),
        ]
        if answer.version is not None:
            headers.append(("X-Shopify-API-Version", answer.version))
        start_response(f"{answer.status} {HTTPStatus(answer.status).phrase}", headers)
        return [data]

    return faulty(app, shop.faults, RequestLog(shop.folder / "requests.jsonl"), shop.clock)


@dataclass
class Running:
    """A shop and its storage, both served; a context manager."""

    shop: Shop
    api: Server
    storage: Server
    faults: Faults

    @property
    def url(self) -> str:
        """Address of the Admin API."""
        return self.api.url

    def stop(self) -> None:
        """End both servers; the shop stays open."""
        self.api.stop()
        self.storage.stop()

    def __enter__(self) -> Running:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()


def serve(shop: Shop, certs: Certs, faults: Faults | None = None, *, port: int = 0, storage_port: int = 0) -> Running:
    """Serve a shop's API and, at another origin, its result files."""
    planted = faults if faults is not None else shop.faults
    api = Server(create_app(shop, planted), certs, port=port)
    storage = Server(create_storage_app(shop, planted), certs, port=storage_port)
    shop.set_storage_url(storage.url)
    api.start()
    storage.start()
    return Running(shop, api, storage, planted)


def _route(shop: Shop, method: str, path: str, environ: WSGIEnvironment, body: bytes) -> _Answer:
    parts = path.strip("/").split("/")
    if path == "/admin/oauth/access_token":
        return _token(shop, environ, body) if method == "POST" else _Answer(405, {"errors": "Method Not Allowed"})
    if len(parts) == 4 and parts[:2] == ["admin", "api"] and parts[3] == "graphql.json":
        return (
            _graphql(shop, parts[2], f"{method} {path}", environ, body)
            if method == "POST"
            else _Answer(405, {"errors": "Method Not Allowed"})
        )
    return _Answer(404, {"errors": "Not Found"})


def _token(shop: Shop, environ: WSGIEnvironment, body: bytes) -> _Answer:
    form = json.loads(body or b"{}") if "json" in environ.get("CONTENT_TYPE", "") else dict(parse_qsl(body.decode()))
    if form.get("grant_type") != "client_credentials":
        return _Answer(400, {"error": "unsupported_grant_type", "error_description": "grant_type must be client_credentials"})
    if not shop.knows_client(str(form.get("client_id", "")), str(form.get("client_secret", ""))):
        return _Answer(400, {"error": "invalid_client", "error_description": "client id and secret do not belong together"})
    return _Answer(200, {"access_token": shop.new_token(), "scope": ",".join(sorted(shop.grant().scopes)), "expires_in": TOKEN_SECONDS})


# -- GraphQL --------------------------------------------------------------------------------------------------------------


def served_version(asked: str, versions: tuple[str, ...]) -> str | None:
    """The version that answers: the asked one, or for retired ones the oldest supported; None for what never was one."""
    if asked == "unstable" or asked in versions:
        return asked
    year, _, month = asked.partition("-")
    if year.isdigit() and len(year) == 4 and month in {"01", "04", "07", "10"} and asked < versions[0]:
        return versions[0]
    return None


def _graphql(shop: Shop, asked: str, target: str, environ: WSGIEnvironment, body: bytes) -> _Answer:
    version = served_version(asked, shop.versions)
    if version is None:
        return _Answer(404, {"errors": "Not Found"})
    token = environ.get("HTTP_X_SHOPIFY_ACCESS_TOKEN", "")
    refused = _Answer(401, {"errors": "[API] Invalid API key or access token (unrecognized login or wrong password)"})
    if not shop.accepts(token):
        return refused
    if shop.fault("token_expired", target) is not None:
        shop.revoke(token)
        return refused
    try:
        sent = json.loads(body)
        text, variables = sent["query"], sent.get("variables") or {}
    except (ValueError, KeyError, TypeError, AttributeError):
        return _Answer(400, {"errors": {"query": "Required parameter missing or invalid"}}, version)
    fell = shop.fault("version_fell_forward", target)
    shown = str(fell.args.get("version", shop.versions[-1])) if fell is not None else version
    return _Answer(200, _operate(shop, api_schema(version), text, variables, sent.get("operationName"), target), shown)


@functools.lru_cache(maxsize=256)
def _prepared(version: str, text: str) -> tuple[DocumentNode | None, list[GraphQLError]]:
    try:
        document = parse(text)
    except GraphQLError as error:
        return None, [error]
    return document, validate(api_schema(version).graphql, document, validation_rules())


def _operate(shop: Shop, schema: ApiSchema, text: str, variables: Document, name: str | None, target: str) -> Document:
    document, errors = _prepared(schema.version, text)
    if document is None or errors:
        return {"errors": [spoken(error) for error in errors]}
    operation = get_operation_ast(document, name)
    if operation is None:
        return {"errors": [{"message": "An operation name is required", "extensions": {"code": "BAD_REQUEST"}}]}
    wrong = bad_variable(operation, variables)
    if wrong is not None:
        return {"errors": [wrong]}
    fields = [node.name.value for node in flat(operation.selection_set, fragments_of(document))]
    shop.note_operation(operation.operation.value, operation.name.value if operation.name else None, fields)
    instead = _instead(shop, target, fields)
    return instead if instead is not None else _run(shop, schema, document, operation, variables, name)


def _instead(shop: Shop, target: str, fields: list[str]) -> Document | None:
    """The answers of faults that replace running the operation."""
    if shop.fault("internal_error", target, *fields) is not None:
        number = secrets.token_hex(16)
        message = f"Internal error. Looks like something went wrong on our end.\nRequest ID: {number} (include this in support requests)."
        return {"errors": [{"message": message, "extensions": {"code": "INTERNAL_SERVER_ERROR", "requestId": number}}]}
    if shop.fault("empty_data", target, *fields) is not None:
        return {"data": None}
    throttled = shop.fault("throttled", target, *fields)
    if throttled is not None:
        shop.bucket.drain()
        shop.bucket.give_back(float(throttled.args.get("available", 0)))
        return _throttled(shop, 10)
    return None


def _throttled(shop: Shop, requested: int) -> Document:
    cost = {"requestedQueryCost": requested, "actualQueryCost": None, "throttleStatus": shop.bucket.status()}
    return {"errors": [{"message": "Throttled", "extensions": {"code": "THROTTLED"}}], "extensions": {"cost": cost}}


def _run(
    shop: Shop, schema: ApiSchema, document: DocumentNode, operation: OperationDefinitionNode, variables: Document, name: str | None
) -> Document:
    declared = {
        definition.variable.name.value: definition.default_value
        for definition in operation.variable_definitions or ()
        if definition.default_value
    }
    known = {**{key: _literal(value) for key, value in declared.items()}, **variables}
    costing = Costing(schema, fragments_of(document), known)
    requested = costing.requested(operation)
    if requested > MAX_QUERY_COST:
        message = f"Query cost is {requested}, which exceeds the single query max cost limit ({MAX_QUERY_COST})."
        extensions = {"code": "MAX_COST_EXCEEDED", "cost": requested, "maxCost": MAX_QUERY_COST}
        return {"errors": [{"message": message, "extensions": extensions}]}
    if not shop.bucket.take(requested):
        return _throttled(shop, requested)
    reader = Reader(shop, schema, shop.grant())
    result = execute_sync(
        schema.graphql,
        document,
        root_value=Obj("QueryRoot", {}),
        context_value=reader,
        variable_values=variables,
        operation_name=name,
        field_resolver=resolve_field,
        type_resolver=resolve_type,
    )
    data: Any = result.data
    answer: Document = {"data": data}
    if result.errors:
        answer["errors"] = [spoken(error) for error in result.errors]
    actual = min(requested, costing.actual(operation, data))
    shop.bucket.give_back(requested - actual)
    answer["extensions"] = {"cost": {"requestedQueryCost": requested, "actualQueryCost": actual, "throttleStatus": shop.bucket.status()}}
    if reader.search:
        answer["extensions"]["search"] = reader.search
    return answer


def _literal(node: Any) -> Any:
    from graphql import value_from_ast_untyped

    return value_from_ast_untyped(node)
