"""junit.xml: one test per rule, for servers of continuous integration: found something is a failure, could not look is an error."""

from __future__ import annotations

import re
from collections import defaultdict
from xml.etree import ElementTree

from recon.report.model import OPEN_STATES, Finding, Result, Rule

SHOWN = 20
"""Findings that are written into a failure; the others are counted."""

_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(result: Result) -> bytes:
    """The file. Suites are the areas of rules; a rule that is switched off or has nothing to look at is skipped."""
    found: dict[str, list[Finding]] = defaultdict(list)
    for item in result.findings:
        if item.state in OPEN_STATES:
            found[item.rule].append(item)
    areas: dict[str, list[Rule]] = defaultdict(list)
    for rule in sorted(result.rules, key=lambda rule: rule.id):
        areas[rule.id.split(".")[0]].append(rule)
    root = ElementTree.Element("testsuites", {"name": _text(f"recon {result.run.title}"), **_counts(result.rules)})
    for area, rules in areas.items():
        suite = ElementTree.SubElement(root, "testsuite", {"name": area, **_counts(rules)})
        if result.run.started_at:
            suite.set("timestamp", result.run.started_at.removesuffix("Z"))
        for rule in rules:
            _case(suite, rule, found[rule.id])
    return bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)) + b"\n"


def _counts(rules: list[Rule]) -> dict[str, str]:
    return {
        "tests": str(len(rules)),
        "failures": str(sum(rule.state == "findings" for rule in rules)),
        "errors": str(sum(rule.state in {"error", "not_run"} for rule in rules)),
        "skipped": str(sum(rule.state in {"disabled", "not_applicable"} for rule in rules)),
    }


def _case(suite: ElementTree.Element, rule: Rule, found: list[Finding]) -> None:
    case = ElementTree.SubElement(suite, "testcase", {"classname": rule.id, "name": _text(rule.title)})
    if rule.state == "findings":
        failure = ElementTree.SubElement(
            case, "failure", {"type": rule.severity, "message": f"{rule.counts.open} open, {rule.counts.new} new"}
        )
        lines = [item.message for item in found[:SHOWN]]
        rest = rule.counts.open - len(lines)
        failure.text = _text("\n".join([*lines, *([f"and {rest} more"] if rest > 0 else [])]))
    elif rule.state in {"error", "not_run"}:
        ElementTree.SubElement(case, "error", {"type": rule.state, "message": _text(rule.reason or "It could not be judged.")})
    elif rule.state != "clean":
        ElementTree.SubElement(case, "skipped", {"message": _text(rule.reason or rule.state)})


def _text(value: str) -> str:
    """Without what XML 1.0 does not allow; a record may hold anything."""
    return _NO_XML.sub("�", value)
