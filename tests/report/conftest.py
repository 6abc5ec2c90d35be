"""An audit's result of any size, made by a seed, for everything that renders."""

from __future__ import annotations

import dataclasses
import random
import shutil
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from recon.audit import history, ruletest
from recon.audit import result as audit
from recon.audit.run import audit as run_audit
from recon.config.settings import RuleSettings, Settings
from recon.snapshot.files import make_directory, write_json
from recon.snapshot.manifest import Manifest, SystemEntry
from recon.warehouse.build import create_model, identity, tables
from recon.warehouse.engine import FILE_NAME, connect

BEGIN = datetime(2026, 11, 20, 9, tzinfo=UTC)
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)

RULES = [
    ("order.missing_in_salesforce", "Every shop order is in Salesforce", "critical", "orders", 14),
    ("customer.consent_drift", "Nobody is contacted who opted out", "critical", "customers", 9),
    ("order.duplicate_in_salesforce", "Every shop order is in Salesforce once", "critical", "orders", 6),
    ("order.total_drift", "Order totals agree", "high", "orders", 61),
    ("price.drift", "Prices agree with the price lists", "high", "prices", 48),
    ("inventory.quantity_drift", "Stock agrees at every location", "high", "inventory_levels", 74),
    ("customer.duplicate_in_salesforce", "Every person is in Salesforce once", "high", "customers", 22),
    ("customer.email_drift", "E-mail addresses agree", "medium", "customers", 37),
    ("order.unlinked", "Orders carry the shop's id", "medium", "orders", 120),
    ("integrity.missing_external_id", "Records carry the shop's id", "low", "customers", 55),
    ("order.currency_drift", "Orders have the currency they were placed in", "critical", "orders", 0),
    ("order.arithmetic", "The parts of an order add up to its total", "medium", "orders", 0),
    ("line.quantity_drift", "Quantities agree", "high", "order_lines", 0),
    ("product.missing_in_salesforce", "Active products are in Salesforce", "medium", "products", 0),
    ("refund.missing_in_salesforce", "Refunds are in Salesforce", "critical", "refunds", -1),
]
FIRST = ["Anna", "Jürgen", "Łukasz", "Ana-María", "Олена", "さくら", "Zoë", "Søren", "O'Neil", "Amélie"]
LAST = ["Müller", "Østergård", "Nowak", "García", "Шевченко", "田中", "van den Berg", "Smith & Sons", "D'Angelo", "Çelik"]


def _diff(rule: str, rng: random.Random, number: int) -> tuple[tuple[audit.Difference, ...], Decimal | None, str | None]:
    total = Decimal(rng.randrange(900, 90000)) / 100
    currency = rng.choice(["EUR"] * 8 + ["USD", "JPY"])
    if currency == "JPY":
        total = Decimal(rng.randrange(900, 90000))
    if rule == "order.total_drift":
        other = total + Decimal(rng.choice(["-10.00", "4.90", "0.02", "-19.00"]) if currency != "JPY" else "110")
        return (
            (
                audit.Difference("total", f"{total}", f"{other}"),
                audit.Difference("tax", "19.00", "0.00"),
                audit.Difference("discount", "5.00", "5.00"),
            ),
            abs(total - other),
            currency,
        )
    if rule == "customer.email_drift":
        name = f"buyer{number}"
        return (
            (
                audit.Difference(
                    "email",
                    f"{name}@example.com",
                    rng.choice([f"{name} @example.com", f"{name.title()}@example.com", f"{name}@exmaple.com", None]),
                ),
            ),
            None,
            None,
        )
    if rule == "customer.consent_drift":
        return (audit.Difference("email_consent", "unsubscribed", "subscribed"),), None, None
    if rule == "inventory.quantity_drift":
        return (audit.Difference("on_hand", str(rng.randrange(0, 80)), str(rng.randrange(81, 120))),), None, None
    if rule == "price.drift":
        return (audit.Difference("amount", f"{total}", f"{total + 1}"),), Decimal("1.00"), currency
    if rule.startswith("order.missing"):
        return (), total, currency
    return (audit.Difference("external_id", str(5_000_000 + number), None),), None, None


def _finding(rule: tuple[str, str, str, str, int], number: int, rng: random.Random, previous: bool) -> audit.Finding:
    name, _, severity, entity, _ = rule
    diff, amount, currency = _diff(name, rng, number)
    person = f"{rng.choice(FIRST)} {rng.choice(LAST)}"
    label = f"#{1000 + number}" if entity == "orders" else f"SKU-{number:05}" if entity in {"prices", "inventory_levels"} else person
    first = NOW - timedelta(days=rng.choice([0, 0, 1, 3, 6, 12, 28, 45, 100]) if previous else 0)
    state: Any = "new" if first == NOW else rng.choice(["unchanged"] * 8 + ["updated"])
    subject = {"orders": "Order", "customers": "Customer", "prices": "The price of", "inventory_levels": "Stock of"}.get(entity, "Record")
    shop = "shop_de" if number % 3 else "shop_us"
    sf = f"801Qy00000{number:05}ABC" if name != "order.missing_in_salesforce" else None
    field = diff[0].field.replace("_", " ") if diff else ""
    message = (
        f"{subject} {label} has {field} {diff[0].shop} in the shop and {diff[0].salesforce or 'none'} in Salesforce."
        if diff
        else f"{subject} {label} is not in Salesforce."
    )
    record = str(5_400_000_000_000 + number)
    return audit.Finding(
        rule=name,
        system=shop,
        record_id=record,
        salesforce_id=sf,
        finding_id=f"{rng.getrandbits(64):016x}",
        severity=severity,
        owner="finance" if entity == "orders" else None,
        label=label,
        message=message,
        diff=diff,
        amount=amount,
        currency=currency,
        occurred_at=first - timedelta(hours=rng.randrange(1, 30)),
        confidence="certain" if number % 7 else "likely",
        related=(audit.RecordRef("salesforce", f"003Qy0000{number:06}ABC"),) if "duplicate" in name else (),
        evidence={"channel": rng.choice(["web", "pos", "app"]), "phone": "+49 170 5550123", "shipping_address1": "Lindenallee 7"}
        if entity == "customers"
        else {"channel": "web"},
        state=state,
        reopened=number % 41 == 0,
        first_seen_at=first,
        last_seen_at=NOW,
        runs_open=1 if state == "new" else max(2, (NOW - first).days),
        waiver=None,
        url_shop=f"https://admin.shopify.com/store/acme/{entity}/{record}",
        url_salesforce=f"https://acme.lightning.force.com/lightning/r/{sf}/view" if sf else None,
        source=audit.SourceRef(f"{shop}/{entity}/part-0000.jsonl.zst", number + 1),
    )


def money(findings: list[audit.Finding]) -> tuple[audit.Money, ...]:
    sums: dict[str, Decimal] = {}
    for item in findings:
        if item.amount is not None and item.currency:
            sums[item.currency] = sums.get(item.currency, Decimal()) + item.amount
    return tuple(audit.Money(currency, amount) for currency, amount in sorted(sums.items()))


def counts(findings: list[audit.Finding], resolved: int = 0) -> audit.Counts:
    by = {state: sum(item.state == state for item in findings) for state in ("new", "unchanged", "updated", "waived", "unknown")}
    return audit.Counts(open=by["new"] + by["unchanged"] + by["updated"], resolved=resolved, **by)


def _outcome(rule: tuple[str, str, str, str, int], found: list[audit.Finding], resolved: int) -> audit.RuleOutcome:
    name, title, severity, entity, planned = rule
    opened = [item for item in found if item.state in audit.OPEN_STATES]
    state: Any = "not_run" if planned < 0 else "findings" if opened else "clean"
    return audit.RuleOutcome(
        id=name,
        title=title,
        question=f"Where is it not so that {title[0].lower()}{title[1:]}?",
        severity=severity,
        entity=entity,
        status="stable",
        since="0.1",
        needs=(f"shop.{entity}", f"salesforce.{entity}"),
        why="Work built on it goes wrong, and nobody notices until somebody complains.",
        remedy="Look at the record on both sides, then correct Salesforce or send the record again.",
        false_alarms="A sync that pauses on purpose.",
        fix="review",
        recheck=True,
        aliases=(),
        sql=f"select\n  o.system,\n  o.record_id\nfrom {entity} as o\nwhere o.total < $limit -- </script>",
        params={"grace_minutes": audit.ParamValue(15, 15, "minutes", "Younger records may still be on their way.")},
        owner=None,
        state=state,
        reason="Refunds of shop_us were not read completely: 2 of 9 pages. Take the snapshot again." if planned < 0 else None,
        checked=None if planned < 0 else 7901,
        counts=counts(found, resolved),
        amounts=money(opened),
        seconds=0.42,
    )


def _system(name: str, side: str, kind: str, complete: bool) -> audit.SystemSummary:
    read = NOW - timedelta(minutes=19 if side == "shop" else 8)
    entities = ("orders", "customers", "products", "prices", "inventory_levels", "refunds", "order_lines")
    streams = tuple(
        audit.StreamSummary(
            e,
            e,
            (e,),
            7901,
            7901,
            7901,
            complete or e != "refunds",
            "the vendor's count agrees",
            None if complete or e != "refunds" else "2 of 9 pages",
            None,
            read,
            read,
            12,
        )
        for e in entities
    )
    return audit.SystemSummary(
        name=name,
        kind=kind,
        side=side,
        title={"shop_de": "Acme Germany", "shop_us": "Acme USA"}.get(name, "Salesforce production"),
        account_id="00D000000000001EAA" if side == "salesforce" else "acme.myshopify.com",
        base_url="https://acme.lightning.force.com" if side == "salesforce" else "https://acme.myshopify.com",
        record_url_template="https://acme.lightning.force.com/lightning/r/{object}/{record_id}/view"
        if side == "salesforce"
        else "https://admin.shopify.com/store/acme/{object}/{record_id}",
        time_zone="Europe/Berlin",
        currency="EUR",
        api_version="66.0" if side == "salesforce" else "2026-07",
        started_at=read,
        finished_at=read + timedelta(minutes=4),
        calls=321,
        clock_skew_seconds=0.4,
        age_hours=0.3,
        stale_after_hours=26,
        is_stale=False,
        not_covered={"subscriptions": "The shop offers no subscriptions."} if side == "shop" else {},
        streams=streams,
    )


def build(
    scale: float = 1.0,
    *,
    seed: int = 7,
    previous: bool = True,
    resolved: int = 41,
    waived: int = 12,
    blind: bool = False,
    total: int | None = None,
) -> audit.AuditResult:
    """A run with ``scale`` times the planned findings (or ``total`` in all); ``previous`` False is a first run."""
    rng = random.Random(seed)
    rules = [rule for rule in RULES if blind or rule[4] >= 0]
    planned = sum(max(rule[4], 0) for rule in rules)
    factor = total / planned if total is not None else scale
    found: dict[str, list[audit.Finding]] = {}
    number = 0
    for rule in rules:
        found[rule[0]] = []
        for _ in range(round(max(rule[4], 0) * factor)):
            number += 1
            found[rule[0]].append(_finding(rule, number, rng, previous))
    waiver = audit.WaiverUse(
        "order.unlinked",
        None,
        None,
        None,
        None,
        "Old orders from before the integration.",
        "Dana",
        date(2026, 12, 31),
        "recon.toml",
        waived,
        False,
        not waived,
    )
    for index in range(min(waived, len(found["order.unlinked"]))):
        found["order.unlinked"][index] = dataclasses.replace(found["order.unlinked"][index], state="waived", waiver=waiver)
    gone = [dataclasses.replace(_finding(rules[3], 90000 + i, rng, True), state="resolved") for i in range(resolved if previous else 0)]
    everything = [item for items in found.values() for item in items]
    outcomes = tuple(_outcome(rule, found[rule[0]], len(gone) if index == 3 else 0) for index, rule in enumerate(rules))
    opened = [item for item in everything if item.state in audit.OPEN_STATES]
    no_verdict = any(rule.state in {"not_run", "error"} for rule in outcomes)
    outcome: Any = "no_verdict" if no_verdict else "problems" if opened else "clean"
    severities = ("critical", "high", "medium", "low", "info")
    buckets = [("today", 0, 0), ("up to 7 days", 1, 6), ("up to 30 days", 7, 29), ("more than 30 days", 30, 10**6)]
    systems = tuple(
        _system(*args, complete=not blind or args[0] != "shop_us")
        for args in (("shop_de", "shop", "shopify"), ("shop_us", "shop", "shopify"), ("salesforce", "salesforce", "salesforce"))
    )
    trend = (
        [
            audit.TrendPoint(
                f"20261{m:02}T090000Z-aa",
                NOW - timedelta(days=d),
                NOW - timedelta(days=d),
                "no_verdict" if d == 4 else "problems",
                {s: sum(i.severity == s for i in opened) + d % 5 - 2 for s in severities if any(i.severity == s for i in opened)},
                {rule.id: None if d == 4 else max(0, rule.counts.open + d % 4 - 1) for rule in outcomes},
            )
            for m, d in enumerate(range(12, 2, -1))
        ]
        if previous
        else []
    )

    def covered(system: audit.SystemSummary, stream: audit.StreamSummary) -> audit.CoverageRow:
        return audit.CoverageRow(
            system.name, stream.name, None, True, stream.complete, None, NOW, NOW, stream.records, stream.expected, stream.reason
        )

    return audit.AuditResult(
        run=audit.RunFacts(
            "20261123T090000Z-7f3a",
            "Acme",
            NOW,
            NOW - timedelta(minutes=19),
            "0.1.0",
            "c0ffee" * 10,
            "beef" * 16,
            ("20261123T084000Z-ab12",),
            252.4,
            "high",
            3 if no_verdict else 1 if opened else 0,
            not blind,
        ),
        verdict=audit.Verdict(outcome, "Written elsewhere."),
        systems=systems,
        coverage=tuple(covered(system, stream) for system in systems for stream in system.streams),
        match=(
            audit.MatchRate("orders", "shop_de", 5267, 5253, 14, {"external_id": 5200, "number": 67}, 9, 2, 1),
            audit.MatchRate("orders", "shop_us", 2634, 2634, 0, {"external_id": 2634}, 5, 0, 0),
        ),
        latency=(
            audit.Latency(
                "shop_de",
                5200,
                12.0,
                184.0,
                900.0,
                5107,
                5,
                (audit.LatencyPart("pos", 200, 15.0, 200.0, 900.0, 190), audit.LatencyPart("", 5000, 12.0, 180.0, 850.0, 4917)),
                (audit.LatencyPart("9", 5200, 12.0, 184.0, 900.0, 5107),),
            ),
        ),
        updates=(audit.Updates("shop_de", "orders", 900, 880, 12, 30.0, 240.0, 3600.0),),
        stock=(audit.Stock("shop_de", 4000, 31, 60.0, 300.0, 900.0, NOW, NOW),),
        duplicates=(audit.Duplicates("orders", "salesforce", 7900, 6),),
        freshness=(audit.Freshness("shop_de", "orders", NOW, 7901),),
        rules=outcomes,
        findings=tuple(everything),
        findings_total=len(everything),
        resolved=tuple(gone),
        resolved_total=len(gone),
        waivers=(waiver,) if waived else (),
        trend=tuple(trend),
        totals=tuple(
            audit.SeverityTotal(
                s,
                counts([i for i in everything if i.severity == s], sum(i.severity == s for i in gone)),
                money([i for i in opened if i.severity == s]),
            )
            for s in severities
        ),
        ageing=tuple(
            audit.AgeBucket(label, None if top == 10**6 else top, len(inside), money(inside))
            for label, low, top in buckets
            for inside in [[i for i in opened if low <= (NOW - i.first_seen_at).days <= top]]
        ),
    )


@pytest.fixture(scope="session")
def merchant() -> Callable[..., audit.AuditResult]:
    return build


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "recon.toml").write_text("config_version = 1\n")
    return Settings(path=tmp_path / "recon.toml", title="Acme")


def days_of(settings: Settings) -> Callable[..., str]:
    """One more day: a snapshot whose shop has so many orders that Salesforce lacks, and its audit; returns the run.

    There is one finding an order: that the flow as a whole has stopped, as five in a row would say, is switched off.
    """
    days = iter(range(100))
    settings.rules["sync.stopped"] = RuleSettings(enabled=False)

    def one(orders: int, *, covered: bool = True) -> str:
        started = BEGIN + timedelta(days=next(days))
        folder = make_directory(settings.state_dir / "snapshots" / f"{started:%Y%m%dT%H%M%SZ}-test")
        systems = [("shop", "shopify"), ("salesforce", "salesforce")]
        entries = [
            SystemEntry(name=name, kind=kind, side="shop" if name == "shop" else name, started_at=started, finished_at=started)
            for name, kind in systems
        ]
        manifest = Manifest(snapshot_id=folder.name, started_at=started, finished_at=started, systems=entries)
        write_json(folder / "manifest.json", manifest.model_dump(mode="json"))
        rows: dict[str, list[dict[str, Any]]] = {
            "orders": [
                {
                    "system": "shop",
                    "record_id": str(number),
                    "number": f"#{number}",
                    "currency": "EUR",
                    "total": f"{number}.50",
                    "created_at": BEGIN - timedelta(days=2),
                }
                for number in range(1, orders + 1)
            ],
            "systems": [
                {
                    "system": name,
                    "kind": kind,
                    "side": "shop" if name == "shop" else name,
                    "record_url_template": f"https://{name}.example.com/{{record_id}}",
                }
                for name, kind in systems
            ],
            "coverage": [
                {"system": name, "entity": table, "readable": True, "complete": covered} for name, _ in systems for table in tables()
            ],
        }
        with connect(folder / FILE_NAME, read_only=False, locked=False) as con:
            create_model(con)
            con.execute("create table meta (key varchar not null, value varchar)")
            con.executemany("insert into meta values (?, ?)", list(identity(folder.name, {}).items()))
            ruletest._fill(con, None, ruletest.Case("day", "day", started, rows, [], {}))
        return run_audit(settings, folder).run.id

    return one


@pytest.fixture
def day(settings: Settings) -> Callable[..., str]:
    """What :func:`days_of` gives for a fresh workspace."""
    return days_of(settings)


@pytest.fixture(scope="session")
def days() -> Callable[[Settings], Callable[..., str]]:
    """:func:`days_of`, for fixtures that fill a workspace once."""
    return days_of


@pytest.fixture(scope="session")
def _one_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("one-run")
    (folder / "recon.toml").write_text("config_version = 1\n")
    days_of(Settings(path=folder / "recon.toml", title="Acme"))(3)
    return folder


@pytest.fixture
def told_once(settings: Settings, _one_run: Path) -> str:
    """Fills the workspace with one run of three missing orders, which is made once; returns its id."""
    shutil.copytree(_one_run / ".recon", settings.state_dir)
    return history.runs(settings.state_dir)[-1]
