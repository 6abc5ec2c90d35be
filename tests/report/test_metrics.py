"""The numbers of a run for monitoring: what a real parser and a real OTLP receiver make of them, against report.json."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from recon.audit import result as audit
from recon.cli import run
from recon.config.settings import MetricsSettings
from recon.errors import SourceError
from recon.report import metrics
from recon.report.model import Result
from recon.report.result import build
from recon.sandbox.server import Server
from recon.sandbox.tls import Certs

Merchant = Callable[..., audit.AuditResult]


def values(text: str) -> dict[tuple[str, tuple[tuple[str, str], ...]], Decimal]:
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): Decimal(str(sample.value))
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def wanted(result: Result) -> dict[tuple[str, tuple[tuple[str, str], ...]], Decimal]:
    return {(item.name, item.labels): item.value for item in metrics.samples(result)}


def test_the_textfile_reads_back_as_the_result(merchant: Merchant) -> None:
    result = build(merchant(blind=True))
    text = metrics.exposition(metrics.samples(result)).decode()
    found = values(text)
    assert found == wanted(result) and text.endswith("# EOF\n")
    for tile in result.totals.tiles:
        assert found["recon_findings_open", (("severity", tile.severity),)] == tile.open
    for money in result.totals.amounts:
        assert found["recon_money_affected", (("currency", money.currency),)] == Decimal(money.amount)
    outcomes = {labels[0][1]: value for (name, labels), value in found.items() if name == "recon_run_outcome"}
    assert outcomes == {"clean": 0, "problems": 0, "no_verdict": 1}


def test_a_rule_that_could_not_look_has_no_number(merchant: Merchant) -> None:
    result = build(merchant(blind=True))
    blind = {rule.id for rule in result.rules if rule.state in {"error", "not_run"}}
    told = {dict(item.labels)["rule"] for item in metrics.samples(result) if item.name == "recon_rule_findings_open"}
    assert blind and not blind & told and told == {rule.id for rule in result.rules if rule.state in {"findings", "clean"}}


def test_match_rates_are_told_by_area_and_method(merchant: Merchant) -> None:
    found = wanted(build(merchant()))
    of = (("entity", "orders"), ("system", "shop_de"))
    assert found["recon_records_matched", (of[0], ("method", "number"), of[1])] == 67
    assert found["recon_records_matched", (of[0], ("method", "external_id"), of[1])] == 5200
    assert (found["recon_records_unmatched", of], found["recon_records_ambiguous", of]) == (9, 1)


def test_no_record_stands_in_a_label(merchant: Merchant) -> None:
    source = merchant()
    text = metrics.exposition(metrics.samples(build(source, show_personal=True))).decode()
    assert not any(item.label in text or (item.record_id or "-") in text for item in source.findings)


def test_the_file_is_replaced_whole_and_may_be_read_by_others(merchant: Merchant, tmp_path: Path) -> None:
    settings = MetricsSettings(textfile=Path("textfiles/recon.prom"))
    metrics.publish(settings, build(merchant()), tmp_path)
    first = (tmp_path / "textfiles" / "recon.prom").read_bytes()
    metrics.publish(settings, build(merchant(0.5)), tmp_path)
    path = tmp_path / "textfiles" / "recon.prom"
    assert path.read_bytes() != first and path.stat().st_mode & 0o777 == 0o644
    assert [file.name for file in path.parent.iterdir()] == ["recon.prom"]


# -- a collector --------------------------------------------------------------------------------------------------------


class Collector:
    """Decodes what is posted; answers with ``status``."""

    def __init__(self) -> None:
        self.status = 200
        self.got: list[tuple[dict[str, Any], ExportMetricsServiceRequest]] = []

    def __call__(self, environ: Any, start: Any) -> list[bytes]:
        data = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        if environ.get("HTTP_CONTENT_ENCODING") == "gzip":
            data = gzip.decompress(data)
        request = ExportMetricsServiceRequest()
        request.ParseFromString(data)
        self.got.append((dict(environ), request))
        start(f"{self.status} x", [("Content-Length", "0")])
        return [b""]


@pytest.fixture
def collector(tmp_path: Path) -> Iterator[tuple[Collector, MetricsSettings]]:
    certs, app = Certs(tmp_path / "certs"), Collector()
    with Server(app, certs) as server:
        yield (
            app,
            MetricsSettings(otlp_endpoint=f"{server.url}/v1/metrics", otlp_authorization="env:COLLECTOR_TOKEN", ca_bundle=certs.ca_file),
        )


def test_a_collector_gets_the_same_numbers(
    merchant: Merchant, collector: tuple[Collector, MetricsSettings], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLLECTOR_TOKEN", "Bearer collector-token-0001")
    app, settings = collector
    result = build(merchant())
    metrics.publish(settings, result, tmp_path)
    environ, request = app.got[-1]
    assert environ["HTTP_AUTHORIZATION"] == "Bearer collector-token-0001" and len(app.got) == 1
    found = {
        (metric.name, tuple(sorted((one.key, one.value.string_value) for one in point.attributes))): Decimal(str(point.as_double))
        for resource in request.resource_metrics
        for scope in resource.scope_metrics
        for metric in scope.metrics
        for point in metric.gauge.data_points
    }
    assert found == wanted(result)


def test_a_collector_that_refuses_is_named(
    merchant: Merchant, collector: tuple[Collector, MetricsSettings], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLLECTOR_TOKEN", "Bearer collector-token-0001")
    app, settings = collector
    app.status = 403
    with pytest.raises(SourceError) as caught:
        metrics.publish(settings, build(merchant()), tmp_path)
    assert "otlp_endpoint" in str(caught.value) and "collector-token" not in str(caught.value)


# -- log lines ----------------------------------------------------------------------------------------------------------


def test_log_lines_are_json_with_the_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["report", "--config", str(tmp_path / "none.toml"), "--log-format", "json"]) == 2
    line = json.loads(capsys.readouterr().err)
    assert line["level"] == "error" and "none.toml" in line["message"] and line["run_id"] is None
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", line["at"])
