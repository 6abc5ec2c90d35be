"""report.json: the result object as a file, in the same order every time, and its JSON Schema."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from recon.report.model import SCHEMA, Finding, Result


def render(result: Result, findings: Iterable[Finding] | None = None) -> Iterator[bytes]:
    """The file in chunks. ``findings`` replaces those of the result where it holds only the worst of them."""
    head = result.model_dump(mode="json", by_alias=True, exclude={"findings", "resolved"})
    text = json.dumps(head, ensure_ascii=False, indent=1)
    yield text.removesuffix("\n}").encode("utf-8", "replace")
    yield from _array("findings", result.findings if findings is None else findings)
    yield from _array("resolved", result.resolved)
    yield b"\n}\n"


def _array(name: str, items: Iterable[Finding]) -> Iterator[bytes]:
    yield f',\n "{name}": ['.encode()
    separator = ""
    for item in items:
        text = json.dumps(item.model_dump(mode="json"), ensure_ascii=False, separators=(", ", ": "))
        yield f"{separator}\n  {text}".encode("utf-8", "replace")
        separator = ","
    yield (b"\n ]" if separator else b"]")


def schema() -> dict[str, Any]:
    """JSON Schema of report.json; kept in docs/result-schema.json."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": SCHEMA, **Result.model_json_schema(mode="serialization")}


def schema_text() -> str:
    """The schema as the file in docs holds it."""
    return json.dumps(schema(), indent=1, ensure_ascii=False) + "\n"
