"""The page without a browser: structure, escaping, size, and that it is the same every time."""

from __future__ import annotations

import base64
import dataclasses
import gzip
import hashlib
import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from recon import assets
from recon.audit import result as audit
from recon.report import html
from recon.report.result import build

Merchant = Callable[..., audit.AuditResult]

VECTORS = [
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    '"><script>alert(1)</script>',
    "'><img src=x onerror=alert(1)>",
    '<a href="javascript:alert(1)">x</a>',
    "javascript:alert(1)",
    '" onmouseover="alert(1)',
    "' onfocus='alert(1)' autofocus='",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "<style>*{display:none}</style>",
    "</style><script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    "<!--<script>alert(1)//-->",
    "--><script>alert(1)</script>",
    "]]><script>alert(1)</script>",
    "<math><mtext></math><img src=x onerror=alert(1)>",
    "<details open ontoggle=alert(1)>",
    "<base href=//evil.example>",
    "<meta http-equiv=refresh content='0;url=//evil.example'>",
    "<link rel=stylesheet href=//evil.example>",
    "<object data=//evil.example>",
    "<embed src=//evil.example>",
    "<form action=//evil.example><input type=submit>",
    "<template><script>alert(1)</script></template>",
    "{{ 7*7 }}",
    "{% raw %}",
    "${alert(1)}",
    "\u2028alert(1)\u2029",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;script&#62;",
    "<table><tr><td></table>",
    "</td></tr></table><h1>gone",
    "<textarea>",
    "<plaintext>",
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
    "\x00<script>alert(1)</script>",
    "<\x00script>",
    "＜script＞alert(1)＜/script＞",
    "\ud800lone",
]


class Tree(HTMLParser):
    """Elements and attribute names in order, without texts."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[Any] = []
        self.values: dict[str, list[str]] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, tuple(name for name, _ in attrs)))
        for name, value in attrs:
            self.values.setdefault(name, []).append(value or "")

    def handle_endtag(self, tag: str) -> None:
        self.elements.append(f"/{tag}")

    def handle_comment(self, data: str) -> None:
        self.elements.append("comment")


def tree(page: bytes) -> Tree:
    parser = Tree()
    parser.feed(page.decode())
    parser.close()
    return parser


def packed(page: bytes) -> Any:
    text = page.decode().partition('id="payload">')[2].partition("<")[0]
    return json.loads(gzip.decompress(base64.b64decode(text)))


def filled(source: audit.AuditResult, text: str) -> audit.AuditResult:
    """The run with this text in every field that comes from outside."""
    waiver = dataclasses.replace(source.waivers[0], reason=text, owner=text, rule=text, system=text, origin=text)
    item = dataclasses.replace(
        source.findings[0],
        label=text,
        message=text,
        record_id=text,
        salesforce_id=text,
        owner=text,
        currency=text,
        confidence=text,
        diff=(audit.Difference("total", text, None), audit.Difference("note", "x", text)),
        evidence={"field": text, "more": {"inner": text}},
        related=(audit.RecordRef(text, text),),
        url_shop=None,
        url_salesforce=None,
        source=audit.SourceRef(text, 1),
        waiver=waiver,
    )
    rule = dataclasses.replace(
        source.rules[0],
        title=text,
        question=text,
        why=text,
        remedy=text,
        false_alarms=text,
        sql=text,
        owner=text,
        since=text,
        needs=(text,),
        params={"p": audit.ParamValue(text, "x", text, text)},
    )
    record = audit.GroupRecord(text, "https://acme.lightning.force.com/003", 1, None, None)
    rows = (audit.GroupField(text, (text, "x"), text, text, text), audit.GroupField("email", (text, text)))
    group = audit.DuplicateGroup(
        item.finding_id, text, text, text, (text,), 9, (record, record), rows, text, text, (audit.RecordRef(text, text),)
    )
    related = audit.RelatedGroup(text, text, (text,), (text,), 9, (record, record), rows)
    people = audit.Identity(1, (group,), 1, (related,), 1, (audit.SharedValue(text, text, text, 1, text),))
    broken = dataclasses.replace(source.rules[-1], state="error", reason=text, title=text)
    system = dataclasses.replace(
        source.systems[0], title=text, account_id=text, api_version=text, kind=text, time_zone=text, not_covered={"subscriptions": text}
    )
    return dataclasses.replace(
        source,
        run=dataclasses.replace(source.run, title=text, snapshot_ids=(text,), tool_version=text, rules_digest="x"),
        findings=(item, dataclasses.replace(item, finding_id="w", state="waived"), *source.findings[2:]),
        resolved=(dataclasses.replace(item, finding_id="g", state="resolved"),),
        rules=(rule, *source.rules[1:-1], broken),
        systems=(system, *source.systems[1:]),
        waivers=(waiver,),
        identity=people,
    )


@pytest.mark.parametrize("vector", VECTORS)
def test_no_text_becomes_markup(merchant: Merchant, vector: str) -> None:
    source = merchant(0.1)
    page, harmless = html.render(build(filled(source, vector))), html.render(build(filled(source, "harmless")))
    assert tree(page).elements == tree(harmless).elements
    assert not any(
        value.lower().startswith(("javascript:", "data:")) for name in ("href", "src") for value in tree(page).values.get(name, [])
    )


def test_difficult_strings_do_not_change_the_page(merchant: Merchant, shared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(html, "ROWS", 1000)
    texts = [text for text in json.loads((shared / "data/naughty_strings/blns.json").read_text(encoding="utf-8")) if text.strip()]

    def page(texts: list[str]) -> bytes:
        source = merchant(0.1)
        model = filled(source, "x").findings[0]
        found = [
            dataclasses.replace(
                model,
                finding_id=str(i),
                label=text,
                message=text,
                evidence={"e": text},
                diff=(audit.Difference("f", text, None),),
                owner=text,
            )
            for i, text in enumerate(texts)
        ]
        return html.render(build(dataclasses.replace(source, findings=tuple(found))))

    assert tree(page(texts)).elements == tree(page(["harmless"] * len(texts))).elements
    everywhere = filled(merchant(0.1), " ".join(texts))
    assert tree(html.render(build(everywhere))).elements == tree(html.render(build(filled(merchant(0.1), "harmless")))).elements


def test_the_packed_data_holds_the_text_and_cannot_end_its_element(merchant: Merchant) -> None:
    page = html.render(build(filled(merchant(0.1), "</script><script>alert(1)</script>")))
    assert packed(page)["findings"][0]["l"] == "</script><script>alert(1)</script>"
    assert page.count(b"</script>") == 2


def test_the_script_only_sets_text() -> None:
    script = (assets.folder("reports") / "report.js").read_text(encoding="utf-8")
    for word in (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "new Function",
        "DOMParser",
        "srcdoc",
        'setTimeout("',
        "fetch(",
        "XMLHttpRequest",
        "import(",
    ):
        assert word not in script


def test_only_the_written_style_and_script_may_run(merchant: Merchant) -> None:
    page = html.render(build(merchant(0.1))).decode()
    policy = page.partition('Content-Security-Policy" content="')[2].partition('"')[0].replace("&#39;", "'")
    style, script = re.search("<style>(.*?)</style>", page, re.S), re.search("<script>(.*?)</script>", page, re.S)
    assert style and script
    for kind, text in (("style-src", style.group(1)), ("script-src", script.group(1))):
        assert f"{kind} 'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" in policy
    assert policy.startswith("default-src 'none'") and "unsafe" not in policy
    assert not re.search(r"<[^>]+\sstyle=", page) and not re.search(r"<[^>]+\son[a-z]+=", page)


def test_nothing_is_loaded_from_anywhere(merchant: Merchant) -> None:
    page = html.render(build(merchant()))
    parsed = tree(page)
    assert "src" not in parsed.values
    assert not {"link", "img", "iframe", "object"} & {element[0] for element in parsed.elements if isinstance(element, tuple)}
    outside = {value for value in parsed.values["href"] if not value.startswith("#")}
    assert all(value.startswith(("https://acme.lightning.force.com/", "https://admin.shopify.com/")) for value in outside)
    assets_text = "".join(path.read_text(encoding="utf-8") for path in sorted(assets.folder("reports").iterdir()) if path.is_file())
    assert re.findall(r"https?://\S+", assets_text.replace("https:\\/\\/", "")) == []
    assert "url(" not in assets_text and "@import" not in assets_text


def test_links_leave_no_trace(merchant: Merchant) -> None:
    page = html.render(build(merchant(0.2))).decode()
    for link in re.findall(r'<a href="https[^>]+>', page):
        assert 'rel="noopener noreferrer"' in link


def test_the_same_run_gives_the_same_bytes(merchant: Merchant) -> None:
    assert html.render(build(merchant())) == html.render(build(merchant()))


def test_an_empty_page_is_small(merchant: Merchant) -> None:
    assert len(html.render(build(merchant(0.0, resolved=0, waived=0)))) < 150_000


def test_twenty_thousand_findings_stay_small(merchant: Merchant) -> None:
    assert len(html.render(build(merchant(total=20_000)))) < 5_000_000


def test_a_table_shows_25_rows_and_says_how_many_there_are(merchant: Merchant) -> None:
    source = merchant()
    page = html.render(build(source)).decode()
    for rule in source.rules:
        section = page.partition(f'data-rule="{rule.id}"')[2].partition("</details>\n<details")[0].partition('<details class="rule')[0]
        if rule.counts.open > 25:
            assert section.count('<tr class="f"') == 25
            assert f"25 shown of {rule.counts.open}" in section


def test_more_findings_than_the_page_may_hold_are_named(merchant: Merchant) -> None:
    source = merchant()
    page = html.render(build(source), most=100)
    assert len(packed(page)["findings"]) == 100
    assert f"holds the 100 worst of {len(source.findings)} findings" in page.decode()


def test_nothing_is_green_while_something_could_not_be_looked_at(merchant: Merchant) -> None:
    page = html.render(build(merchant(0.0, blind=True, resolved=0))).decode()
    assert 'class="verdict blind"' in page and 'class="verdict clean"' not in page
    assert "Could not look: 1 rule" in page and "2 of 9 pages" in page
    assert 'class="verdict clean"' in html.render(build(merchant(0.0, resolved=0))).decode()


def test_a_rule_that_cannot_look_takes_the_green_from_a_clean_run(merchant: Merchant) -> None:
    source = merchant(0.0, resolved=0)
    blind = dataclasses.replace(source.rules[0], state="not_run", reason="Refunds are not mapped.", checked=None)
    page = html.render(build(dataclasses.replace(source, rules=(blind, *source.rules[1:])))).decode()
    assert 'class="verdict clean"' not in page and "Refunds are not mapped." in page


def test_a_first_run_says_that_there_is_no_history(merchant: Merchant) -> None:
    page = html.render(build(merchant(0.2, previous=False))).decode()
    assert "First run: no history yet" in page


def test_nothing_configured_says_what_to_do_and_is_never_green(merchant: Merchant) -> None:
    source = merchant(0.0, resolved=0, waived=0)
    bare = dataclasses.replace(source, rules=(), systems=(), coverage=(), match=(), latency=(), updates=(), stock=(), duplicates=())
    page = html.render(build(bare)).decode()
    assert "No rule ran" in page and "recon doctor" in page
    assert 'class="verdict clean"' not in page and "Nothing was compared." in page
    assert 'class="ageing"' not in page and "<h2>" not in page.partition('class="tiles"')[2].partition('id="findings"')[0]


def test_rules_without_a_record_to_look_at_are_not_green(merchant: Merchant) -> None:
    source = merchant(0.0, resolved=0)
    idle = tuple(dataclasses.replace(rule, checked=0) for rule in source.rules)
    page = html.render(build(dataclasses.replace(source, rules=idle))).decode()
    assert 'class="verdict clean"' not in page and "Nothing was compared." in page


def test_agreement_is_shown_with_what_it_is_a_share_of(merchant: Merchant) -> None:
    source = merchant(0.1)
    assert "99.73 % of 5,267 agree" in html.render(build(source)).decode()  # 5,253 of 5,267
    single = dataclasses.replace(source, match=source.match[:1], systems=(source.systems[0], source.systems[2]))
    page = html.render(build(single)).decode()
    assert '99.73 % agree <span class="sub">14 of 5,267 pairs differ</span>' in page
    none = dataclasses.replace(single, match=(dataclasses.replace(source.match[0], compared=0, agree=0, differ=0),))
    assert "no pairs" in html.render(build(none)).decode()


def test_trends_have_a_gap_where_there_was_no_verdict(merchant: Merchant) -> None:
    page = html.render(build(merchant())).decode()
    tiles = re.findall(r'<svg class="spark".*?<path d="([^"]+)"', page.partition('class="sources"')[0])
    assert len(tiles) == 4 and all(path.count("M") == 2 for path in tiles)
    rules = page.partition('class="heads"')[2].partition("_lists")[0]
    assert rules.count('<svg class="spark"') == sum(rule.counts.open > 0 for rule in merchant().rules)
    assert '<svg class="spark"' not in html.render(build(merchant(previous=False))).decode()


def test_what_many_have_in_common_has_a_bar_as_long_as_its_share(merchant: Merchant) -> None:
    source = merchant()
    cause = audit.Cause("90% of them.", "orders", (), None, 9, 10, 50, 1000)
    rules = tuple(dataclasses.replace(rule, causes=(cause,)) if rule.counts.open else rule for rule in source.rules)
    page = html.render(build(dataclasses.replace(source, rules=rules))).decode()
    bar = '<rect class="part" width="90.0" height="6"/><rect class="usual" y="7" width="5.0" height="3"/>'
    opened = sum(rule.counts.open > 0 for rule in rules)
    assert page.count(bar) == opened + 3  # beside each rule, and the three worst on top
    assert page.partition('id="causes"')[2].partition("</section>")[0].count("90% of them.") == 3


def test_a_source_that_is_too_old_is_marked(merchant: Merchant) -> None:
    source = merchant(0.1)
    old = dataclasses.replace(source.systems[0], is_stale=True, age_hours=52.0)
    assert "older than 26 h" in html.render(build(dataclasses.replace(source, systems=(old, *source.systems[1:])))).decode()


def test_what_a_system_shows_only_a_part_of_is_said(merchant: Merchant) -> None:
    source = merchant(0.1)
    cut = dataclasses.replace(source.systems[0].streams[0], window_from=datetime(2026, 9, 24, tzinfo=UTC))
    shop = dataclasses.replace(source.systems[0], streams=(cut, *source.systems[0].streams[1:]))
    whole = dataclasses.replace(source, systems=(shop, *source.systems[1:]))
    assert html.render(build(whole)).decode().count("orders since 2026-09-24 only") == 1
    later = dataclasses.replace(whole, run=dataclasses.replace(source.run, snapshot_ids=("second", "first")))
    assert " only</span>" not in html.render(build(later)).decode()  # what changed since then was read, the rest is there from before


def test_expired_waivers_are_flagged(merchant: Merchant) -> None:
    source = merchant(0.5)
    page = html.render(build(dataclasses.replace(source, waivers=(dataclasses.replace(source.waivers[0], expired=True),)))).decode()
    assert "1 waiver has expired" in page


@pytest.mark.parametrize(("until", "said"), [("2026-12-07", True), ("2026-12-08", False)])
def test_a_waiver_that_ends_soon_is_pointed_at(merchant: Merchant, until: str, said: bool) -> None:
    source = merchant(0.5)
    ends = dataclasses.replace(source.waivers[0], until=date.fromisoformat(until))
    page = html.render(build(dataclasses.replace(source, waivers=(ends,)))).decode()
    assert ("1 waiver ends within 14 days" in page) == said


def test_a_query_names_only_objects_that_are_known(merchant: Merchant) -> None:
    source = merchant(0.2)
    stream = dataclasses.replace(source.systems[2].streams[0], source="Refund__c", entities=("refunds",))
    salesforce = dataclasses.replace(source.systems[2], streams=(stream, *source.systems[2].streams[1:]))
    rules = tuple(dataclasses.replace(rule, entity="refunds") if rule.id == "order.total_drift" else rule for rule in source.rules)
    items = [
        dataclasses.replace(item, salesforce_id="a10000000000001AAA") if item.rule == "order.total_drift" else item
        for item in source.findings
    ]
    mine = dataclasses.replace(source, systems=(*source.systems[:2], salesforce), rules=rules, findings=tuple(items))
    assert packed(html.render(build(mine)))["objects"]["a10"] == "Refund__c"
    # Where orders are custom objects too, the id beside a refund may be that of its order.
    orders = dataclasses.replace(source.systems[2].streams[1], source="Shop_Order__c", entities=("orders",))
    both = dataclasses.replace(salesforce, streams=(stream, orders))
    assert "a10" not in packed(html.render(build(dataclasses.replace(mine, systems=(*source.systems[:2], both)))))["objects"]


def test_the_packed_rows_are_the_findings(merchant: Merchant) -> None:
    source = merchant(total=3000)
    rows = packed(html.render(build(source)))["findings"]
    assert [row["id"] for row in rows] == [item.finding_id for item in (*build(source).findings, *source.resolved)]
    assert sum(Decimal(row["a"]) for row in rows if row.get("c") == "EUR" and row["t"] != "resolved") == sum(
        item.amount for item in source.findings if item.currency == "EUR" and item.amount is not None
    )


@pytest.fixture(autouse=True)
def same_templates() -> Iterator[None]:
    html._environment.cache_clear()
    yield
