"""The numbers of a run for monitoring: a textfile in OpenMetrics, and the same to an OpenTelemetry collector.

Every metric is a gauge of the latest run, so that the scrape interval does not matter; a run that never came shows by the age of
``recon_run_timestamp_seconds``. Labels hold names of rules, systems and currencies, never records.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import requests

from recon.config.secrets import resolve
from recon.config.settings import MetricsSettings
from recon.errors import ConfigError, SourceError
from recon.report.files import write
from recon.report.model import Result
from recon.report.words import parse_iso

OUTCOMES = ("clean", "problems", "no_verdict")


@dataclass(frozen=True)
class Sample:
    """One value of one metric; ``value`` is exact here and becomes a float where the format knows nothing else."""

    name: str
    help: str
    labels: tuple[tuple[str, str], ...]
    value: Decimal


def samples(result: Result) -> Iterator[Sample]:
    """Everything that is measured, metric by metric."""
    run = result.run
    if run.started_at:
        yield _one("recon_run_timestamp_seconds", "When the latest run began.", int(parse_iso(run.started_at).timestamp()))
    yield _one("recon_run_exit_code", "Exit code of the latest run.", run.exit_code)
    for outcome in OUTCOMES:
        yield _one("recon_run_outcome", "1 for what the latest run came to.", result.verdict.outcome == outcome, outcome=outcome)
    yield _one("recon_records_checked", "Records that rules compared.", result.totals.records_checked)
    yield _one("recon_rules_not_judged", "Rules that could not look.", result.totals.rules_not_judged)
    for tile in result.totals.tiles:
        yield _one("recon_findings_open", "Open findings.", tile.open, severity=tile.severity)
    for tile in result.totals.tiles:
        yield _one("recon_findings_new", "Findings that the run before did not have.", tile.new, severity=tile.severity)
    yield _one("recon_findings_resolved", "Findings that are gone since the run before.", result.totals.resolved)
    yield _one("recon_findings_waived", "Findings that somebody accepted.", result.totals.waived)
    for money in result.totals.amounts:
        yield _one("recon_money_affected", "Money in open findings.", money.amount, currency=money.currency)
    for rule in result.rules:
        if rule.state in {"findings", "clean"}:
            yield _one("recon_rule_findings_open", "Open findings of a rule.", rule.counts.open, rule=rule.id, severity=rule.severity)
    yield from _systems(result)
    yield from _matches(result)
    yield from _levels(result)


def _systems(result: Result) -> Iterator[Sample]:
    for system in result.systems:
        yield _one("recon_system_complete", "1 where a system was read completely.", system.complete, system=system.name)
    for system in result.systems:
        if system.calls is not None:
            yield _one("recon_system_calls", "API calls that the snapshot spent.", system.calls, system=system.name)
    for system in result.systems:
        if system.finished_at:
            moment = int(parse_iso(system.finished_at).timestamp())
            yield _one("recon_system_read_timestamp_seconds", "When a system had been read.", moment, system=system.name)


def _matches(result: Result) -> Iterator[Sample]:
    for match in result.match:
        labels = {"entity": match.entity, "system": match.shop_system}
        yield _one("recon_records_compared", "Records of a shop that were held against Salesforce.", match.compared, **labels)
    for match in result.match:
        if match.differ is not None:
            labels = {"entity": match.entity, "system": match.shop_system}
            yield _one("recon_records_differ", "Records of a shop that are missing or different.", match.differ, **labels)
    for match in result.match:
        for method, pairs in sorted(match.linked.items()):
            labels = {"entity": match.entity, "system": match.shop_system, "method": method}
            yield _one("recon_records_matched", "Records of a shop that were found in Salesforce, by method.", pairs, **labels)
    for match in result.match:
        if match.unmatched_shop is not None:
            labels = {"entity": match.entity, "system": match.shop_system}
            yield _one("recon_records_unmatched", "Records of a shop that were not found in Salesforce.", match.unmatched_shop, **labels)
    for match in result.match:
        if match.ambiguous is not None:
            labels = {"entity": match.entity, "system": match.shop_system}
            yield _one("recon_records_ambiguous", "Records of a shop that may be any of several in Salesforce.", match.ambiguous, **labels)


def _levels(result: Result) -> Iterator[Sample]:
    for item in result.latency:
        for quantile, seconds in (("0.5", item.p50_seconds), ("0.95", item.p95_seconds), ("0.99", item.p99_seconds)):
            if seconds is not None:
                text = "Seconds from an order in the shop to the order in Salesforce."
                yield _one("recon_order_latency_seconds", text, str(seconds), system=item.shop_system, quantile=quantile)
    for item in result.latency:
        yield _one("recon_order_latency_in_target", "Orders that came within the target.", item.in_target, system=item.shop_system)
    for item in result.latency:
        yield _one("recon_order_latency_orders", "Orders whose latency is known.", item.orders, system=item.shop_system)


def _one(name: str, text: str, value: int | str, **labels: str) -> Sample:
    return Sample(name, text, tuple(sorted(labels.items())), Decimal(value))


def publish(settings: MetricsSettings, result: Result, base: Path) -> None:
    """Write the textfile (relative to ``base``) and push to the collector, as far as recon.toml asks for it.

    Raises ConfigError, StoreError and SourceError.
    """
    if settings.textfile:
        path = write((base / settings.textfile.expanduser()).absolute(), [exposition(samples(result))])
        path.chmod(0o644)  # holds numbers only, and another user's collector has to read it
    if settings.otlp_endpoint:
        push(settings, samples(result))


def exposition(items: Iterable[Sample]) -> bytes:
    """OpenMetrics text, which the textfile collector of the Prometheus node exporter reads too."""
    try:
        from prometheus_client import CollectorRegistry, Gauge
        from prometheus_client.openmetrics.exposition import generate_latest
    except ImportError as error:
        raise ConfigError(
            "metrics.textfile is set, but the metrics extra is not installed.", "Install salesforce-recon[metrics]."
        ) from error
    registry = CollectorRegistry()
    gauges: dict[str, Gauge] = {}
    for item in items:
        if item.name not in gauges:
            gauges[item.name] = Gauge(item.name, item.help, [name for name, _ in item.labels], registry=registry)
        gauge = gauges[item.name].labels(**dict(item.labels)) if item.labels else gauges[item.name]
        gauge.set(float(item.value))
    return bytes(generate_latest(registry))  # type: ignore[no-untyped-call]


def push(settings: MetricsSettings, items: Iterable[Sample]) -> None:
    """Send them once to a collector by OTLP over HTTP; SourceError where it does not take them."""
    try:
        from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
        from opentelemetry.sdk.metrics import MeterProvider
        from opentelemetry.sdk.metrics.export import MetricExportResult, PeriodicExportingMetricReader
        from opentelemetry.sdk.resources import Resource
    except ImportError as error:
        raise ConfigError(
            "metrics.otlp_endpoint is set, but the otlp extra is not installed.", "Install salesforce-recon[otlp]."
        ) from error
    outcome: list[MetricExportResult] = []

    class Remembering(OTLPMetricExporter):
        """Keeps the exporter's answer, which the reader would only log."""

        def export(self, metrics_data, timeout_millis=10_000, **more):  # type: ignore[no-untyped-def]
            """Send and remember."""
            outcome.append(super().export(metrics_data, timeout_millis=timeout_millis, **more))
            return outcome[-1]

    headers = {"authorization": resolve(settings.otlp_authorization, "metrics.otlp_authorization")} if settings.otlp_authorization else None
    session = requests.Session()
    session.trust_env = settings.ca_bundle is None  # REQUESTS_CA_BUNDLE would win over the bundle of recon.toml
    exporter = Remembering(
        endpoint=settings.otlp_endpoint,
        headers=headers,
        timeout=10,
        certificate_file=str(settings.ca_bundle) if settings.ca_bundle else None,
        session=session,
    )
    reader = PeriodicExportingMetricReader(exporter, export_interval_millis=float("inf"))
    provider = MeterProvider([reader], resource=Resource.create({"service.name": "recon"}), shutdown_on_exit=False)
    meter = provider.get_meter("recon")
    gauges: dict[str, object] = {}
    for item in items:
        if item.name not in gauges:
            gauges[item.name] = meter.create_gauge(item.name, description=item.help)
        gauges[item.name].set(float(item.value), dict(item.labels))  # type: ignore[attr-defined]
    provider.force_flush()
    provider.shutdown()
    if MetricExportResult.SUCCESS not in outcome:
        raise SourceError("The collector of metrics.otlp_endpoint did not take the numbers.", "Check its address and authorization.")
