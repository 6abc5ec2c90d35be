"""The merchant on every platform at once, with an ERP, in one org: exactly the planted faults, per system."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from planted import SIGNATURES, named_first

from recon.audit import history
from recon.cli import run
from recon.errors import UsageError
from recon.sandbox.merchant import truth
from recon.sandbox.merchant.mix import Whole, build_mix
from recon.sandbox.merchant.platforms import ERP, chosen, shops
from recon.sandbox.merchant.score import score
from recon.sandbox.merchant.stage import Stage
from recon.warehouse import engine

ORDERS = 400 * len(shops())
SYSTEMS = {module.SYSTEM for module in shops().values()}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """One demo, run twice in the same workspace."""
    workspace = tmp_path_factory.mktemp("mix") / "all"
    arguments = ["demo", "--workspace", str(workspace), "--platforms", "all", "--orders", str(ORDERS), "--quiet"]
    codes, results = [], []
    for _ in range(2):
        codes.append(run(arguments))
        results.append(history.load(workspace / ".recon"))
    return {"workspace": workspace, "codes": codes, "results": results}


@pytest.fixture(scope="module")
def warehouse(demo: dict[str, Any]) -> Any:
    file = max((demo["workspace"] / ".recon" / "snapshots").glob("*/warehouse.duckdb"))
    with engine.connect(file) as con:
        yield con


@pytest.fixture(scope="module")
def whole(now: datetime) -> Whole:
    return build_mix(chosen(["all"]), 7, ORDERS, now)


def keys(result: Any) -> Counter[Any]:
    return Counter((one.rule, one.system, one.record_id or "", one.salesforce_id or "") for one in result.findings)


def test_exactly_the_planted_faults_are_found_in_every_system(demo: dict[str, Any]) -> None:
    planted = Counter(row.key for row in truth.read(demo["workspace"] / "truth.json") if row.outcome == truth.FOUND)
    assert keys(demo["results"][0]) == planted
    assert demo["codes"] == [0, 0]
    per_system = Counter(system for _, system, _, _ in planted)
    assert set(per_system) == {*SYSTEMS, "erp", "salesforce"} and min(per_system.values()) > 20


def test_every_rule_ran(demo: dict[str, Any]) -> None:
    assert {outcome.state for outcome in demo["results"][0].rules} <= {"findings", "clean"}


def test_root_causes_name_what_was_planted_in_several_shops(demo: dict[str, Any]) -> None:
    named = named_first(demo["workspace"], demo["results"][1])
    for rule in ("sync.latency", "customer.missing_in_salesforce", "customer.email_drift"):
        assert named[rule] and set(named[rule]) <= SIGNATURES[rule]


def test_the_second_run_knows_every_finding(demo: dict[str, Any]) -> None:
    first, second = demo["results"]
    assert Counter(one.state for one in second.findings) == {"unchanged": len(first.findings)}
    assert second.resolved == ()


def test_the_score_is_told_per_rule_and_system(demo: dict[str, Any]) -> None:
    findings = demo["results"][0].findings
    rows = [row for row in truth.read(demo["workspace"] / "truth.json") if row.outcome == truth.FOUND]
    whole = score(rows, findings)
    head, cells = whole.matrix()
    assert head == ("rule", *sorted({*SYSTEMS, "erp", "salesforce"}))
    told = [cell for _, *line in cells for cell in line if cell]
    assert told and all(cell.split(" of ")[0] == cell.split(" of ")[1] for cell in told)
    assert sum(planted for _, planted, *_ in whole.systems()) == len(rows)
    unplanned, blind = score(rows[1:], findings), score(rows, [one for one in findings if one.system != "erp"])
    assert not unplanned.exact and ", 1 extra" in str(unplanned.matrix())
    assert ("erp", sum(row.system == "erp" for row in rows), 0, sum(row.system == "erp" for row in rows), 0) in blind.systems()


def test_people_of_two_shops_are_one_account_with_two_ids(warehouse: Any) -> None:
    both = warehouse.execute(
        "select salesforce_id from customer_links where method = 'external_id' group by all having count(distinct shop_system) > 1"
    ).fetchall()
    assert len(both) >= 3 * (len(SYSTEMS) - 1)


def test_a_sku_is_one_product_for_all_shops_unless_it_was_planted_twice(demo: dict[str, Any], warehouse: Any) -> None:
    on_sale = "from products where system = 'salesforce' and status = 'active' and sku_key is not null"
    products, skus = warehouse.execute(f"select count(*), count(distinct sku_key) {on_sale}").fetchone()
    planted = dict.fromkeys(("product_entered_twice", "article_imported_twice"), 0)
    for row in truth.read(demo["workspace"] / "truth.json"):
        planted[row.cause] = planted.get(row.cause, 0) + (row.rule == "product.duplicate_sku")
    again = planted["product_entered_twice"] + planted["article_imported_twice"]
    assert again == 4 * len(SYSTEMS) and products == skus + again
    shared = warehouse.execute(
        "select salesforce_id from product_links where method = 'external_id' group by all having count(distinct shop_system) >= ?",
        [len(SYSTEMS)],
    ).fetchall()
    assert len(shared) > 100


def test_order_numbers_of_several_shops_collide(warehouse: Any) -> None:
    side = "inner join systems as s on o.system = s.system and s.side = 'shop'"
    found = warehouse.execute(f"select number_key from orders as o {side} group by all having count(distinct o.system) > 3").fetchall()
    assert len(found) > 200


def test_a_healthy_merchant_has_no_findings(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["demo", "--workspace", str(tmp_path / "w"), "--platforms", "all", "--orders", str(ORDERS), "--healthy", "--quiet"]
    assert run(arguments) == 0
    assert "Nothing was planted and nothing was found." in capsys.readouterr().out
    result = history.load(tmp_path / "w" / ".recon")
    assert result.findings == ()
    assert {outcome.state for outcome in result.rules} <= {"clean", "not_applicable"}


# -- the generator --------------------------------------------------------------------------------------------------------


def test_ids_of_the_org_are_unique_and_their_references_hold(whole: Whole) -> None:
    ids = [row["Id"] for rows in whole.org.values() for row in rows]
    assert len(ids) == len(set(ids))
    known = set(ids)
    for name, rows in whole.org.items():
        for row in rows:
            for key, value in row.items():
                if value is not None and key.endswith("Id") and key != "Id":
                    assert value in known, (name, key)


def test_no_shops_id_stands_twice(whole: Whole) -> None:
    for name, rows in whole.org.items():
        for field in {key for row in rows for key in row if key.endswith("_Id__c")}:
            held = [row[field] for row in rows if row.get(field)]
            assert len(held) == len(set(held)), (name, field)


def test_every_cause_is_planted_in_every_shop_that_can_say_it(whole: Whole) -> None:
    assert max(Counter(row.key for row in whole.truth).values()) == 1
    for kind, module in shops().items():
        world = whole.shops[kind]
        assert not module.UNSAID & set(world.done), kind
        assert sum(world.done.values()) > 100, kind


def test_tomorrow_the_same_findings_are_expected(whole: Whole) -> None:
    later = build_mix(chosen(["all"]), 7, ORDERS, datetime.fromisoformat("2027-02-28T23:59:00+00:00"))
    assert later.truth == whole.truth


@pytest.mark.parametrize(
    ("words", "message"),
    [(["shopify", "magento"], "no platform 'magento'"), (["database"], "at least one shop"), ([""], "at least one shop")],
)
def test_platforms_are_named_by_their_kinds(words: list[str], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        chosen(words)


def test_all_means_every_shop_and_the_erp() -> None:
    assert chosen(["all"]) == (*shops(), ERP)
    assert chosen(["woocommerce ", "Shopify"]) == ("shopify", "woocommerce")


def test_a_stage_serves_the_same_mix_again(tmp_path: Path) -> None:
    with Stage(tmp_path, platforms=["woocommerce", "database"], orders=450) as stage:
        config, urls = stage.config.read_text(encoding="utf-8"), stage.urls
    with Stage(tmp_path, rebuild=False) as stage:
        assert stage.kinds == ("woocommerce", "database")
        assert (stage.config.read_text(encoding="utf-8"), stage.urls) == (config, urls)
