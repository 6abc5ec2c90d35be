"""The page in a real browser, without network: usable by mouse, keyboard, screen reader, on paper, on a phone and without scripts."""

from __future__ import annotations

import dataclasses
import json
import re
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pdf_text import text_of

from recon.audit import result as audit
from recon.report import html
from recon.report.model import (
    DuplicateGroup,
    Finding,
    GroupField,
    GroupRecord,
    Identity,
    PlanInfo,
    Planned,
    PlannedValue,
    PlannedWrite,
    Related,
    RelatedGroup,
    Result,
    SharedValue,
)
from recon.report.result import build

Merchant = Callable[..., audit.AuditResult]
pytestmark = [pytest.mark.browser, pytest.mark.enable_socket]

CHROMIUM = next((found for found in map(shutil.which, ("chromium", "chromium-browser", "google-chrome")) if found), None)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if CHROMIUM is None:
        pytest.skip("there is no Chromium here")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


def until(page: Any, expression: str) -> None:
    """Wait for something to be true on the page; the page's own policy forbids what wait_for_function does."""
    deadline = time.monotonic() + 10
    while not page.evaluate(expression):
        assert time.monotonic() < deadline, expression
        time.sleep(0.02)


class Pages:
    """Opens results as files, offline, and keeps what went wrong."""

    def __init__(self, browser: Any, folder: Path) -> None:
        self.browser, self.folder = browser, folder
        self.requests: list[str] = []
        self.errors: list[str] = []
        self.dialogs: list[str] = []
        self.contexts: list[Any] = []

    def open(
        self,
        source: audit.AuditResult,
        fragment: str = "",
        *,
        width: int = 1280,
        scheme: str = "light",
        scripts: bool = True,
        name: str = "report.html",
        change: Callable[[Result], Result] = lambda result: result,
        **options: Any,
    ) -> Any:
        path = self.folder / name
        path.write_bytes(html.render(change(build(source))))
        context = self.browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme=scheme,
            java_script_enabled=scripts,
            offline=True,
            accept_downloads=True,
            **options,
        )
        self.contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", lambda message: self.errors.append(message.text) if message.type == "error" else None)
        page.on("dialog", lambda dialog: (self.dialogs.append(dialog.message), dialog.dismiss()))
        page.goto(path.as_uri() + (f"#{fragment}" if fragment else ""))
        if scripts:
            until(page, "document.documentElement.dataset.ready === '1'")
        return page


@pytest.fixture
def pages(browser: Any, tmp_path: Path) -> Iterator[Pages]:
    opened = Pages(browser, tmp_path)
    yield opened
    for context in opened.contexts:
        context.close()
    assert opened.errors == []
    assert opened.dialogs == []
    assert [url for url in opened.requests if not url.startswith(("file://", "blob:"))] == []


def visible(page: Any) -> list[str]:
    """Ids of the findings on the page, in order."""
    return page.evaluate("[...document.querySelectorAll('tr.f')].filter((tr) => tr.checkVisibility()).map((tr) => tr.id.slice(2))")


def spoken(page: Any) -> str:
    return page.locator("#live").inner_text()


def shown(page: Any) -> int:
    return int(spoken(page).split()[0].replace(",", ""))


def violations(page: Any) -> list[str]:
    import axe_playwright_python

    page.evaluate((Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{one['id']}: {[node['html'][:120] + ' ' + node['failureSummary'] for node in one['nodes'][:3]]}" for one in found["violations"]
    ]


PLAN = "20261123T084000Z-ab12cd34"
PLANS: dict[str, tuple[str, list[Any], str]] = {
    "order.missing_in_salesforce": ("review", [("insert", None, [("OrderNumber", None, "1"), ("AccountId", None, None)])], ""),
    "order.total_drift": ("safe", [("update", "801Qy0000000001ABC", [("Total__c", "1.00", "2.00"), ("Note__c", "x", None)])], ""),
    "price.drift": ("skipped", [], "No correction is declared for this rule."),
    "customer.email_drift": ("refused", [("update", "003Qy0000000001ABC", [("Email", "a…@x.example", "a…@x.example")])], "It was changed."),
    "customer.consent_drift": ("written", [("update", "003Qy0000000001ABC", [("HasOptedOutOfEmail", "false", "true")])] * 7, ""),
}
"""Rule → what a plan says of its findings: state, writes, reason."""


def planned(result: Result) -> Result:
    """The result with a plan that says something of every kind."""

    def told(item: Finding) -> Finding:
        if item.rule not in PLANS:
            return item
        state, writes, reason = PLANS[item.rule]
        made = [
            PlannedWrite(
                action=action, object="Order", record_id=record, values=[PlannedValue(field=f, before=b, after=a) for f, b, a in values]
            )
            for action, record, values in writes
        ]
        return item.model_copy(update={"planned": Planned(plan=PLAN, state=state, reason=reason, writes=made)})

    findings = [told(item) for item in result.findings]
    resolved = [item.model_copy(update={"corrected_by": PLAN if index % 2 else None}) for index, item in enumerate(result.resolved)]
    info = PlanInfo(id=PLAN, changes=99, safe=1, review=1, skipped=1)
    return result.model_copy(update={"findings": findings, "resolved": resolved, "plans": [info]})


def grouped(result: Result) -> Result:
    """The result with a card for each duplicate, a household and a value that is nobody's."""
    records = [
        GroupRecord(record_id=f"003Qy000000000{n}ABC", url="https://acme.lightning.force.com/x" if n else None, orders=n or None)
        for n in range(3)
    ]
    fields = [
        GroupField(field="last_name", values=["Iversen", "Ivesren", None], differs=True, keep="Iversen", keep_from=records[0].record_id),
        GroupField(field="email", values=[None, "a…@x.example", None], differs=False, keep="a…@x.example", keep_from=records[1].record_id,
                   reason="the newest"),
        GroupField(field="city", values=["Leeds"] * 3, differs=False),
        GroupField(field="phone", values=[None] * 3, differs=False),
    ]  # fmt: skip
    common: dict[str, Any] = {"system": "salesforce", "records": records, "fields": fields, "reasons": ["same address"]}
    duplicates = [
        DuplicateGroup(
            finding_id=item.finding_id, state=item.state, label=item.label, confidence="likely", records_total=7,
            survivor_id=records[0].record_id, survivor_reason="it is the oldest",
            elsewhere=[Related(system="shop_de", record_id="17", url=None)], **common,
        )
        for item in result.findings if item.rule == "customer.duplicate_in_salesforce"
    ]  # fmt: skip
    related = [RelatedGroup(relation="household", apart=["different given names"], records_total=3, **common)] * 30
    people = Identity(
        duplicates_total=len(duplicates), duplicates=duplicates, related_total=90, related=related,
        shared_values_total=1, shared_values=[SharedValue(kind="email", value="i…@x.example", records=60, reason="an office")],
    )  # fmt: skip
    return result.model_copy(update={"identity": people})


def with_everything(result: Result) -> Result:
    return grouped(planned(result))


def test_without_scripts_the_verdict_and_the_findings_are_there(pages: Pages, merchant: Merchant) -> None:
    source = merchant()
    page = pages.open(source, scripts=False)
    assert page.get_by_role("heading", level=1).inner_text().replace("\u00a0", " ").endswith(build(source).verdict.sentence)
    assert page.locator(".topten li").count() == 10
    first = page.locator("tr.f").first
    assert first.is_visible() and source.findings[0].label in first.inner_text()
    assert page.locator("#q").is_hidden() and page.locator("#theme").is_hidden()


def test_without_scripts_an_address_still_leads_to_a_finding(pages: Pages, merchant: Merchant) -> None:
    source = merchant()
    target = next(item for item in build(source).findings if item.rule == "integrity.missing_external_id")
    page = pages.open(source, f"f={target.finding_id}", scripts=False)
    page.wait_for_timeout(100)
    assert page.locator(f"[id='f={target.finding_id}']").is_visible()


def test_the_page_opens_on_what_is_new_and_offers_the_rest(pages: Pages, merchant: Merchant) -> None:
    source = merchant()
    fresh = sum(item.state in {"new", "updated"} for item in source.findings)
    opened = sum(item.state in audit.OPEN_STATES for item in source.findings)
    page = pages.open(source)
    assert shown(page) == fresh
    assert spoken(page).endswith(f"; {opened} are open in all.")
    page.get_by_role("button", name=f"All open {opened}").click()
    assert shown(page) == opened
    assert page.url.endswith("#state=open")


def test_a_first_run_shows_everything(pages: Pages, merchant: Merchant) -> None:
    source = merchant(previous=False)
    assert shown(pages.open(source)) == sum(item.state == "new" for item in source.findings)


def test_where_nothing_is_open_no_filter_is_to_blame(pages: Pages, merchant: Merchant) -> None:
    page = pages.open(merchant(0.0))
    assert spoken(page) == "Nothing is open."
    assert page.locator("#nothing").is_hidden() and page.locator("#filters").is_hidden()
    page.fill("#q", "zzz")
    until(page, "location.hash.includes('zzz')")
    assert page.locator("#nothing").is_visible()


def test_tiles_show_as_many_findings_as_they_say(pages: Pages, merchant: Merchant) -> None:
    page = pages.open(merchant())
    for tile in page.locator(".tile a").all():
        said = int(tile.locator(".count").inner_text().replace(",", ""))
        tile.click()
        until(page, "location.hash.includes('sev=')")
        assert shown(page) == said


def test_a_cell_of_the_matrix_filters_to_its_findings(pages: Pages, merchant: Merchant) -> None:
    page = pages.open(merchant())
    cell = page.locator(".matrix a.sev").first
    said = int("".join(c for c in cell.inner_text().split("open")[0] if c.isdigit()))
    cell.click()
    until(page, "location.hash.includes('entity=')")
    assert shown(page) == said


@pytest.mark.parametrize("change", [lambda result: result, planned, grouped], ids=["plain", "planned", "grouped"])
def test_rows_drawn_by_the_script_are_those_that_were_written(pages: Pages, merchant: Merchant, change: Callable[[Result], Result]) -> None:
    page = pages.open(merchant(previous=False), change=change)
    same = page.evaluate(
        """() => {
          const body = [...document.querySelectorAll("details.rule:not(#template) table.findings > tbody")];
          const before = body.map((b) => [...b.rows].map((tr) => tr.outerHTML));
          body.forEach((b) => b.replaceChildren());
          location.hash = "#state=open";
          const pairs = () => before.flatMap((list, i) => list.map((text, j) => [text, body[i].rows[j]?.outerHTML]));
          return new Promise((done) => setTimeout(() => done([before.flat().length, ...pairs().filter(([a, b]) => a !== b)]), 300));
        }"""
    )
    assert same[0] > 100
    assert same[1:] == []


def test_an_address_opens_and_focuses_its_finding(pages: Pages, merchant: Merchant) -> None:
    source = merchant()
    target = [item for item in source.findings if item.rule == "order.unlinked"][-1]
    page = pages.open(source, f"f={target.finding_id}")
    assert page.evaluate("document.activeElement.id") == f"f={target.finding_id}"
    assert page.locator(f"[id='f={target.finding_id}'] .more").is_visible()
    top = page.evaluate("document.activeElement.getBoundingClientRect().top")
    assert 0 <= top < 900


@pytest.mark.parametrize("state", ["resolved", "waived"])
def test_an_address_leads_to_what_is_not_open_any_more(pages: Pages, merchant: Merchant, state: str) -> None:
    source = merchant()
    target = next(item for item in (*source.findings, *source.resolved) if item.state == state)
    page = pages.open(source, f"f={target.finding_id}")
    assert page.locator(f"[id='f={target.finding_id}']").count() == 1
    assert page.locator(f"[id='f={target.finding_id}'] .more").is_visible()


def test_an_address_of_an_unknown_finding_says_so(pages: Pages, merchant: Merchant) -> None:
    page = pages.open(merchant(0.1), "f=0000")
    assert "not in this run any more" in spoken(page)


def test_the_address_names_the_whole_view(pages: Pages, merchant: Merchant) -> None:
    source = merchant()
    page = pages.open(source, "rule=order.total_drift&state=new&q=%231")
    expected = [item for item in source.findings if item.rule == "order.total_drift" and item.state == "new" and "#1" in item.label]
    assert shown(page) == len(expected)
    assert page.locator("#q").input_value() == "#1"
    again = pages.open(source, page.url.partition("#")[2])
    assert visible(again) == visible(page)


@pytest.mark.parametrize(
    ("query", "matches"),
    [
        ("sev:high", lambda i: i.severity == "high"),
        ("!sev:high", lambda i: i.severity != "high"),
        ("rule:order.total_drift", lambda i: i.rule == "order.total_drift"),
        ("field:total !state:new", lambda i: any(d.field == "total" for d in i.diff) and i.state != "new"),
        ('"not in salesforce"', lambda i: "not in Salesforce" in i.message),
        ("not zzz", lambda i: False),
        ("source:shop_us owner:finance", lambda i: i.system == "shop_us" and i.owner == "finance"),
        ("#1001", lambda i: "#1001" in f"{i.label} {i.message}"),
    ],
)
def test_searching(pages: Pages, merchant: Merchant, query: str, matches: Callable[[audit.Finding], bool]) -> None:
    source = merchant()
    page = pages.open(source)
    page.locator("#q").fill(query)
    until(page, "location.hash.includes('q=')")
    assert shown(page) == sum(matches(item) for item in source.findings if item.state in audit.OPEN_STATES)
    if not shown(page):
        page.get_by_role("button", name="Clear the filter").click()
        assert shown(page) > 0


def test_a_search_for_a_state_looks_into_all_of_them(pages: Pages, merchant: Merchant) -> None:
    source = merchant()
    page = pages.open(source)
    for state in ("waived", "unchanged"):
        page.fill("#q", f"state:{state}")
        until(page, f"location.hash.includes('{state}')")
        assert shown(page) == sum(item.state == state for item in source.findings) > 0
    page.fill("#q", "!")  # a word to leave out is still to come
    until(page, "location.hash.endsWith('!')")
    assert shown(page) == sum(item.state in audit.OPEN_STATES for item in source.findings)


def test_an_open_finding_does_not_push_its_links_out_of_sight(pages: Pages, merchant: Merchant) -> None:
    page = pages.open(merchant())
    page.set_viewport_size({"width": 1280, "height": 900})
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    assert page.evaluate("[...document.querySelectorAll('.rule .scroll')].filter((one) => one.scrollWidth > one.clientWidth).length") == 0


def test_facets_count_what_a_click_will_show(pages: Pages, merchant: Merchant) -> None:
    page = pages.open(merchant(), "state=open")
    for legend, value in (("Severity", "high"), ("System", "shop_us"), ("Field that differs", "total")):
        label = page.locator("fieldset", has=page.locator("legend", has_text=legend)).locator("label", has_text=value).first
        said = int(label.locator(".n").inner_text().replace(",", ""))
        label.locator("input").check()
        assert shown(page) == said
    page.locator("#clear").click()
    assert page.locator("#clear").is_disabled()


def test_more_rows_are_drawn_200_at_a_time(pages: Pages, merchant: Merchant) -> None:
    page = pages.open(merchant(total=3000), "rule=order.unlinked&state=open")
    assert len(visible(page)) == 25
    page.get_by_role("button", name="Show 200 more").click()
    assert len(visible(page)) == 225
    assert page.evaluate("document.activeElement.tagName") == "TR"


def test_sorting_is_by_buttons_and_is_announced(pages: Pages, merchant: Merchant) -> None:
    page = pages.open(merchant(), "rule=order.total_drift&state=open")
    table = page.locator("table.findings:visible").first
    table.get_by_role("button", name="Known for").focus()
    page.keyboard.press("Enter")
    assert "Sorted by Known for, descending." in spoken(page)
    assert page.locator("th[aria-sort]:visible").count() == 1
    ages = [int(text.split()[0]) if text != "today" else 0 for text in table.locator("tr.f > td:nth-child(4)").all_inner_texts()]
    assert ages == sorted(ages, reverse=True)
    page.keyboard.press("Enter")
    assert page.locator("th[aria-sort=ascending]:visible").count() == 1
    assert "sort=-age" in page.url


def test_the_keyboard_walks_opens_and_copies(pages: Pages, merchant: Merchant) -> None:
    page = pages.open(merchant(), "state=open", permissions=["clipboard-read", "clipboard-write"])
    first, second = visible(page)[:2]
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.id") == f"f={first}"
    page.keyboard.press("j")
    page.keyboard.press("o")
    assert page.locator(f"[id='f={second}'] .more").is_visible()
    page.keyboard.press("c")
    until(page, "document.getElementById('live').textContent.includes('copied')")
    page.keyboard.press("k")
    assert page.evaluate("document.activeElement.id") == f"f={first}"
    page.keyboard.press("?")
    assert page.locator("#help p").first.is_visible()
    page.keyboard.press("?")
    assert page.locator("#help p").first.is_hidden()
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "q"
    page.keyboard.type("jock")
    assert page.locator("#q").input_value() == "jock"


def test_what_was_resolved_is_drawn_as_it_was_written(pages: Pages, merchant: Merchant) -> None:
    page = pages.open(merchant(resolved=7), change=planned)
    page.get_by_role("button", name="Resolved 7").click()
    drawn = page.locator(".rules > details.rule td.state.resolved").all_inner_texts()
    assert sorted(drawn) == ["✓ resolved\nby recon"] * 3 + ["✓ resolved\nwithout recon"] * 4
    assert sorted(page.locator("#resolved td.state").all_text_contents()) == ["✓ resolvedby recon"] * 3 + ["✓ resolvedwithout recon"] * 4


def test_what_is_not_new_is_counted_beside_what_is(pages: Pages, merchant: Merchant) -> None:
    source = merchant()
    mine = [item for item in source.findings if item.rule == "order.total_drift" and item.state in audit.OPEN_STATES]
    fresh = sum(item.state != "unchanged" for item in mine)
    page = pages.open(source)
    foot = page.locator("details[data-rule='order.total_drift'] .shown")
    assert foot.text_content().startswith(f"{len(mine) - fresh} more open, unchanged.")
    page.evaluate("document.querySelector(\"details[data-rule='order.total_drift']\").open = true")
    foot.get_by_role("button", name=f"Show all {len(mine)}").click()
    assert page.locator("details[data-rule='order.total_drift'] tr.f").count() == 25
    assert page.url.endswith("#state=open")


def test_corrections_are_found_by_what_is_planned(pages: Pages, merchant: Merchant) -> None:
    source = merchant()
    drifts = sum(item.rule == "order.total_drift" and item.state in audit.OPEN_STATES for item in source.findings)
    page = pages.open(source, "state=open", change=planned)
    page.fill("#q", "plan:safe")
    until(page, "location.hash.includes('plan')")
    assert shown(page) == drifts
    page.fill("#q", "")
    until(page, "!location.hash.includes('plan')")
    label = page.locator("fieldset", has=page.locator("legend", has_text="Correction")).locator("label", has_text="safe").first
    assert int(label.locator(".n").inner_text()) == drifts
    label.locator("input").check()
    assert shown(page) == drifts


def test_duplicates_stand_side_by_side(pages: Pages, merchant: Merchant) -> None:
    source = merchant()
    item = next(item for item in build(source).findings if item.rule == "customer.duplicate_in_salesforce")
    page = pages.open(source, f"f={item.finding_id}", change=grouped)
    card = page.locator(f"[id='f={item.finding_id}'] .card")
    assert card.locator("thead th").all_inner_texts() == ["Field", "003Qy0000000000ABC✓ keep", "003Qy0000000001ABC", "003Qy0000000002ABC"]
    cells = [row.locator("th, td").all_inner_texts() for row in card.locator("tbody").first.locator("tr").all()]
    assert [[" ".join(text.split()) for text in row] for row in cells] == [
        ["last name", "Iversen kept", "Ivesren", "— empty"],
        ["e-mail", "— empty", "a…@x.example kept the newest", "— empty"],
        ["orders", "–", "1", "2"],
    ]
    assert card.locator("mark").all_inner_texts() == ["Ivesren"]  # what is empty is no contradiction
    assert [row.inner_text() for row in card.locator(".equals tr").all()] == ["1 equal field", "city\tLeeds"]
    said = card.locator("p").first.inner_text()
    assert said.startswith("Likely that these are one customer: same address. Suggested to be kept: 003Qy0000000000ABC, it is the oldest.")
    assert "recon merges nothing." in said and said.endswith("3 of 7 records are shown.")
    assert card.locator("button").count() == 0 and "shop_de 17" in card.inner_text()
    page.fill("#q", "Ivesren")
    until(page, "location.hash.includes('Ivesren')")
    assert shown(page) == sum(item.rule == "customer.duplicate_in_salesforce" for item in source.findings)


def test_households_are_a_report_of_their_own(pages: Pages, merchant: Merchant) -> None:
    page = pages.open(merchant(), change=grouped)
    fold = page.locator("#related")
    assert fold.locator("summary").inner_text().startswith("90 groups share much and are kept apart")
    fold.locator("summary").click()
    assert fold.locator(".card").count() == 25 and "25 shown of 90" in fold.inner_text()
    assert fold.locator(".card p").first.inner_text().startswith("Household: same address. Kept apart by different given names.")
    page.locator("#shared summary").click()
    assert "i…@x.example" in page.locator("#shared").inner_text()


def test_copying_a_finding(pages: Pages, merchant: Merchant) -> None:
    source = merchant()
    item = next(item for item in build(source).findings if item.rule == "order.total_drift")
    odd = dataclasses.replace(
        next(one for one in source.findings if one.finding_id == item.finding_id), label="#1 | a", message="*total* <b>[x](y)\nrest"
    )
    source = dataclasses.replace(source, findings=tuple(odd if one.finding_id == odd.finding_id else one for one in source.findings))
    page = pages.open(source, f"f={item.finding_id}", change=planned, permissions=["clipboard-read", "clipboard-write"])

    def copied(name: str) -> str:
        page.locator("tr.on .copy").get_by_role("button", name=f"Copy {name}", exact=True).click()
        until(page, f"document.getElementById('live').textContent.toLowerCase() === '{name.lower()} copied.'")
        return page.evaluate("navigator.clipboard.readText()")

    assert copied("link").endswith(f"report.html#f={item.finding_id}")
    assert copied("record id") == item.record_id
    assert copied("Salesforce id") == item.salesforce_id
    assert copied("SOQL") == f"SELECT FIELDS(ALL) FROM Order WHERE Id IN ('{item.salesforce_id}') LIMIT 200"
    links = f"[shop]({item.url_shop}) [Salesforce]({item.url_salesforce})"
    money = page.locator("tr.on .amount").inner_text()
    assert copied("Markdown row") == rf"| \#1 \| a | high | \*total\* \<b\>\[x\](y)↵rest | {money} | {links} |"
    assert copied("command") == f"recon fix apply {PLAN} --confirm"


def test_a_query_for_the_records_that_are_shown(pages: Pages, merchant: Merchant) -> None:
    page = pages.open(merchant(), "rule=order.total_drift&state=open", permissions=["clipboard-read", "clipboard-write"])
    page.locator("details[data-rule='order.total_drift'] .shown").get_by_role("button", name="Copy SOQL").click()
    until(page, "document.getElementById('live').textContent.includes('copied')")
    query = page.evaluate("navigator.clipboard.readText()")
    assert query.startswith("SELECT FIELDS(ALL) FROM Order WHERE Id IN (") and query.count("801Qy") == len(visible(page)) == 25
    page.goto(page.url.partition("#")[0] + "#rule=order.missing_in_salesforce&state=open")
    assert page.locator("details[data-rule='order.missing_in_salesforce']").get_by_role("button", name="Copy SOQL").count() == 0


def test_heads_of_columns_stay_in_sight(pages: Pages, merchant: Merchant) -> None:
    page = pages.open(merchant(), "rule=order.unlinked&state=open")
    page.get_by_role("button", name=re.compile(r"Show \d+ more")).click()
    page.evaluate("document.querySelectorAll('tr.f')[100].scrollIntoView({block: 'center'})")
    head = page.locator("details[data-rule='order.unlinked'] table.findings > thead th").first.bounding_box()
    bar = page.locator(".bar").bounding_box()
    assert head and bar and abs(head["y"] - (bar["y"] + bar["height"])) < 2


def test_single_keys_can_be_switched_off(pages: Pages, merchant: Merchant) -> None:
    page = pages.open(merchant())
    page.get_by_role("button", name="Help").click()
    page.get_by_label("Single-key shortcuts").uncheck()
    page.keyboard.press("Tab")
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.tagName") != "TR"


def test_the_file_of_what_is_seen_is_safe_and_has_a_mark(pages: Pages, merchant: Merchant) -> None:
    source = merchant()
    first = dataclasses.replace(source.findings[0], label='=HYPERLINK("x","y")', message='-1, "x"\n', state="new")
    page = pages.open(dataclasses.replace(source, findings=(first, *source.findings[1:])), "rule=order.missing_in_salesforce&state=open")
    with page.expect_download() as download:
        page.locator("#csv").click()
    data = Path(download.value.path()).read_bytes()
    assert data.startswith(b"\xef\xbb\xbf") and b"\r\n" in data
    import csv
    import io

    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    assert len(rows) == shown(page)
    assert rows[0]["label"] == '\'=HYPERLINK("x","y")' and rows[0]["message"].startswith("'-1")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("kind", ["many", "blind", "clean", "phone"])
def test_axe_finds_nothing(pages: Pages, merchant: Merchant, scheme: str, kind: str) -> None:
    source = {
        "many": lambda: merchant(0.05),
        "blind": lambda: merchant(0.05, blind=True),
        "clean": lambda: merchant(0.0),
        "phone": lambda: merchant(0.05),
    }[kind]()
    page = pages.open(
        source,
        "" if kind == "clean" else "state=open",
        scheme=scheme,
        width=360 if kind == "phone" else 1280,
        change=with_everything,
    )
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    assert violations(page) == []


def test_the_toggle_turns_the_theme_and_remembers_it(pages: Pages, merchant: Merchant) -> None:
    page = pages.open(merchant(0.1))
    background = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(background)
    page.locator("#theme").click()
    assert page.evaluate(background) != light
    page.reload()
    until(page, "document.documentElement.dataset.ready === '1'")
    assert page.evaluate(background) != light
    page.emulate_media(media="print")
    assert page.evaluate(background) == light


def test_paper_shows_what_is_folded_and_no_controls(pages: Pages, merchant: Merchant) -> None:
    page = pages.open(merchant(), "state=open")
    page.emulate_media(media="print")
    assert page.locator("#filters").is_hidden() and page.locator("#q").is_hidden()
    folded = page.locator("details.rule:not([open]) tr.f .diff mark").first
    box = folded.bounding_box()
    assert box is not None and box["height"] > 0
    assert box["height"] > 0


@pytest.mark.parametrize("size", ["A4", "Letter"])
def test_a_printed_page_holds_what_was_folded_and_says_what_is_left_out(pages: Pages, merchant: Merchant, size: str) -> None:
    source = merchant(0.2)
    total = next(item for item in build(source).findings if item.rule == "order.total_drift" and item.state == "unchanged")
    page = pages.open(source, "rule=order.total_drift&state=open", change=planned)
    paper = text_of(page.pdf(format=size))
    assert total.diff[0].shop in paper and "Total__c" in paper and "Showall" not in paper
    assert "".join(spoken(page).split()) in paper
    assert f"recon{source.run.id}" in paper and re.search(r"1/\d", paper)


@pytest.mark.parametrize("width", [320, 390])
@pytest.mark.parametrize("kind", ["many", "blind", "clean", "first"])
def test_a_phone_needs_no_sideways_scrolling(pages: Pages, merchant: Merchant, width: int, kind: str) -> None:
    source = {
        "many": merchant,
        "blind": lambda: merchant(blind=True),
        "clean": lambda: merchant(0.0),
        "first": lambda: merchant(previous=False),
    }[kind]()
    page = pages.open(source, "" if kind == "clean" else "state=open", width=width, change=with_everything)
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_hostile_text_runs_nothing(pages: Pages, merchant: Merchant, shared: Path) -> None:
    source = merchant(0.3)
    texts = json.loads((shared / "data/naughty_strings/blns.json").read_text(encoding="utf-8"))
    items = tuple(
        dataclasses.replace(
            source.findings[0],
            finding_id=str(i),
            label=text,
            message=text,
            evidence={"x": text},
            diff=(audit.Difference("f", text, "y"),),
            state="new",
        )
        for i, text in enumerate(texts)
    )
    page = pages.open(dataclasses.replace(source, findings=items), "state=open")
    page.get_by_role("button", name="Show 200 more").first.click()
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    page.wait_for_timeout(300)
    assert page.locator("tr.f script, tr.f img, tr.f iframe").count() == 0


@pytest.mark.slow
def test_twenty_thousand_findings_are_usable_quickly(pages: Pages, merchant: Merchant) -> None:
    source = merchant(total=20_000)
    pages.open(source)
    times = []
    for _ in range(3):
        context = pages.browser.new_context(offline=True)
        page = context.new_page()
        began = time.perf_counter()
        page.goto((pages.folder / "report.html").as_uri())
        until(page, "document.documentElement.dataset.ready === '1'")
        times.append(time.perf_counter() - began)
        context.close()
    assert sorted(times)[1] < 3.0  # 1.5 s is the aim on an idle machine; tests share theirs
