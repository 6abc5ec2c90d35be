"""Every fault of the list below has a test, for each platform that it can strike.

Tests say so by ``@pytest.mark.fault(platform, row, …)``.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).parent

WIRE, SHOPIFY, SALESFORCE = "wire", "shopify", "salesforce"
FAULTS: dict[int, tuple[str, tuple[str, ...]]] = {
    1: ("429, with and without Retry-After, throttling inside an answer", (WIRE, SHOPIFY, SALESFORCE)),
    2: ("5xx, maintenance pages", (WIRE, SHOPIFY, SALESFORCE)),
    3: ("status 200 with an error or something else inside", (WIRE, SHOPIFY, SALESFORCE)),
    4: ("cut bodies, broken compression", (WIRE, SHOPIFY, SALESFORCE)),
    5: ("reset, slow and silent connections", (WIRE, SHOPIFY, SALESFORCE)),
    6: ("a page that comes twice, a cursor that leads back", (SHOPIFY, SALESFORCE)),
    7: ("records that move while they are read", (SHOPIFY, SALESFORCE)),
    8: ("a token that expires or is revoked, a missing scope", (SHOPIFY, SALESFORCE)),
    9: ("a cursor that expires", (SHOPIFY, SALESFORCE)),
    10: ("bulk jobs and results that fail, expire or vanish", (WIRE, SHOPIFY, SALESFORCE)),
    11: ("lines of bulk files out of order or cut", (SHOPIFY,)),
    23: ("a schema that changes", (SHOPIFY, SALESFORCE)),
    24: ("texts in every script and none", (SHOPIFY, SALESFORCE)),
    30: ("ids in every form", (SHOPIFY, SALESFORCE)),
    34: ("the daily quota is spent", (SALESFORCE,)),
    35: ("secrets in errors, addresses, journals", (WIRE, SHOPIFY, SALESFORCE)),
    36: ("another org or shop than was meant", (SHOPIFY, SALESFORCE)),
}


def marks(file: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.FunctionDef) or not node.name.startswith("test_"):
            continue
        for mark in node.decorator_list:
            if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.fault":
                platform, *rows = (ast.literal_eval(argument) for argument in mark.args)
                assert platform in (WIRE, SHOPIFY, SALESFORCE), (file.name, node.name)
                assert rows and set(rows) <= set(FAULTS), (file.name, node.name)
                yield from ((platform, row) for row in rows)


@pytest.fixture(scope="module")
def covered() -> set[tuple[str, int]]:
    return {mark for file in sorted(TESTS.rglob("test_*.py")) for mark in marks(file)}


@pytest.mark.parametrize(("row", "platform"), [(row, platform) for row, (_, platforms) in FAULTS.items() for platform in platforms])
def test_every_fault_has_a_test_on_every_platform_that_it_can_strike(row: int, platform: str, covered: set[tuple[str, int]]) -> None:
    assert (platform, row) in covered, f"no test for row {row} ({FAULTS[row][0]}) on {platform}"
