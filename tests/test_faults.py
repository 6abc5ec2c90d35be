"""Every fault of the list below has a test, for each platform that it can strike.

Tests say so by ``@pytest.mark.fault(platform, row, …)``.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from recon.systems.registry import platforms

TESTS = Path(__file__).parent

WIRE = "wire"
"""The HTTP layer, which all platforms that are asked over HTTP share."""
CONTRACT = "contract"
"""Marks of tests/lib/extractor_contract.py: they count for every platform whose test_extractor.py runs that class."""
KINDS = tuple(sorted(platforms()))
SOME = ("salesforce", "shopify")

ORG = ("salesforce",)
"""The only system that is ever written."""

FAULTS: dict[int, tuple[str, tuple[str, ...]]] = {
    1: ("429, with and without Retry-After, throttling inside an answer", (WIRE, *KINDS)),
    2: ("5xx, maintenance pages", (WIRE, *KINDS)),
    3: ("status 200 with an error or something else inside", (WIRE, *KINDS)),
    4: ("cut bodies, broken compression", (WIRE, *KINDS)),
    5: ("reset, slow and silent connections", (WIRE, *KINDS)),
    6: ("a page that comes twice, a cursor that leads back, a record that does not come", KINDS),
    7: ("records that move while they are read", KINDS),
    8: ("a token that expires or is revoked, a missing scope", KINDS),
    9: ("a cursor that expires", KINDS),
    10: ("bulk jobs and results that fail, expire or vanish", (WIRE, *KINDS)),
    11: ("lines of bulk files out of order or cut", KINDS),
    15: ("a kill at any step of a correction", ORG),
    16: ("an answer that is lost after the record was written", ORG),
    17: ("refused records among others", ORG),
    18: ("locked records", ORG),
    19: ("results that are fewer, more or in another order than the records", ORG),
    20: ("ingest jobs that fail or are aborted", ORG),
    21: ("two that write at the same time", ORG),
    23: ("a schema that changes", SOME),
    24: ("texts in every script and none", SOME),
    30: ("ids in every form", SOME),
    31: ("interrupts while records are written", ORG),
    34: ("the daily quota is spent", ("salesforce",)),
    35: ("secrets in errors, addresses, journals", (WIRE, *SOME)),
    36: ("another org or shop than was meant", SOME),
}

CANNOT: dict[tuple[str, int], str] = {
    ("files", 1): "Files lie on a disk: nobody says that there were too many requests.",
    ("files", 2): "Files lie on a disk: there is no server that could be down.",
    ("files", 9): "Reading goes on by the number of a record, which never expires.",
    ("files", 10): "There are no jobs.",
    ("database", 1): "Databases have no quota of statements; too many connections are a refused connection, row 5.",
    ("database", 2): "A server that is down refuses the connection, row 5.",
    ("database", 3): "The drivers speak a typed protocol: rows are rows, and an error is never one of them.",
    ("database", 4): "The drivers' protocol frames every row; a cut stream is a broken connection, row 5.",
    ("database", 9): "A SELECT is read by one cursor of one connection; where that ends the table is read anew, row 5.",
    ("database", 10): "There are no jobs.",
    ("database", 11): "Rows come whole, and none belongs to another.",
    ("woocommerce", 9): "Lists have no cursors: every page is asked for by its position.",
    ("woocommerce", 10): "There are no bulk jobs.",
    ("woocommerce", 11): "There are no bulk files.",
    ("adobe_commerce", 9): "Lists have no cursors: every page is asked for by the last key.",
    ("adobe_commerce", 10): "The bulk endpoints only write; reading never uses them.",
    ("adobe_commerce", 11): "There are no bulk files.",
    ("bigcommerce", 9): "A cursor is the encoded id of a record and never expires.",
    ("bigcommerce", 10): "There are no bulk jobs.",
    ("bigcommerce", 11): "There are no bulk files.",
    ("commerce_cloud", 9): "Lists have no cursors: every window and page is asked for by time and position.",
    ("commerce_cloud", 10): "Jobs are never run, since exporting changes orders; only files that lie there are read.",
    ("b2b_commerce", 11): "Bulk results are flat CSV: no line belongs to another, and every part is counted by its header, row 10.",
    ("salesforce", 11): "Bulk results are flat CSV: no line belongs to another, and every part is counted by its header, row 10.",
}
"""Why a fault cannot strike a platform."""

DEMANDED = [(row, kind) for row, (_, kinds) in FAULTS.items() for kind in kinds if (kind, row) not in CANNOT]


def fault_marks(node: ast.AST) -> Iterator[tuple[str, int]]:
    """What the tests below a node say that they cover."""
    for test in ast.walk(node):
        if not isinstance(test, ast.FunctionDef) or not test.name.startswith("test_"):
            continue
        for mark in test.decorator_list:
            if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.fault":
                platform, *rows = (ast.literal_eval(argument) for argument in mark.args)
                assert platform in {WIRE, CONTRACT, *KINDS}, test.name
                assert rows and set(rows) <= set(FAULTS), test.name
                yield from ((platform, row) for row in rows)


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def inherited() -> dict[str, set[int]]:
    """Class of the contract → rows that it and what it builds on cover."""
    classes = [node for node in parsed(TESTS / "lib" / "extractor_contract.py").body if isinstance(node, ast.ClassDef)]
    rows: dict[str, set[int]] = {}
    for node in classes:
        own = {row for platform, row in fault_marks(node) if platform == CONTRACT}
        rows[node.name] = own.union(*(rows.get(ast.unparse(base), set()) for base in node.bases))
    return rows


def overridden() -> dict[str, set[int]]:
    """Test of the contract → rows that only it covers: a platform that overrides it must say itself what it covers."""
    tree = parsed(TESTS / "lib" / "extractor_contract.py")
    tests = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")]
    return {test.name: {row for _, row in fault_marks(test)} for test in tests}


def adopted() -> Iterator[tuple[str, int]]:
    """What platforms cover by running the contract."""
    rows, own = inherited(), overridden()
    for path in sorted(TESTS.glob("systems/*/test_extractor.py")):
        for node in parsed(path).body:
            if isinstance(node, ast.ClassDef):
                found = set().union(*(rows.get(ast.unparse(base), set()) for base in node.bases))
                for test in node.body:
                    found -= own.get(getattr(test, "name", ""), set())
                yield from ((path.parent.name, row) for row in found)


@pytest.fixture(scope="module")
def covered() -> set[tuple[str, int]]:
    return {mark for file in sorted(TESTS.rglob("test_*.py")) for mark in fault_marks(parsed(file))} | set(adopted())


@pytest.mark.parametrize(("row", "platform"), DEMANDED)
def test_every_fault_has_a_test_on_every_platform_that_it_can_strike(row: int, platform: str, covered: set[tuple[str, int]]) -> None:
    assert (platform, row) in covered, f"no test for row {row} ({FAULTS[row][0]}) on {platform}"


@pytest.mark.parametrize("kind", KINDS)
def test_every_platform_passes_the_contract(kind: str) -> None:
    path = TESTS / "systems" / kind / "test_extractor.py"
    assert path.exists(), f"{kind} does not run the contract of tests/lib/extractor_contract.py"
    bases = {ast.unparse(base) for node in parsed(path).body if isinstance(node, ast.ClassDef) for base in node.bases}
    assert bases & {"WireContract", "ExtractorContract"}


def test_what_cannot_strike_is_explained_and_not_tested_all_the_same(covered: set[tuple[str, int]]) -> None:
    assert all(reason.endswith(".") and len(reason.split()) > 3 for reason in CANNOT.values())
    assert not covered & set(CANNOT)
