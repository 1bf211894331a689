"""Prometheus metrics: jobs and rows from the job store, and the calls of this server."""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from client_import.jobs.record import Status
from client_import.jobs.store import JobStore

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """The metrics that /metrics returns."""

    def __init__(self, store: JobStore) -> None:
        self._registry = CollectorRegistry()
        self._registry.register(_Jobs(store))
        labels = ("method", "route", "status")
        self._calls = Counter("client_import_http_requests", "Calls answered.", labels, registry=self._registry)
        self._seconds = Histogram(
            "client_import_http_request_seconds", "How long calls took.", ("method", "route"), registry=self._registry
        )

    def count_call(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a call of ``route``, the pattern of its address, that was answered with ``status``."""
        self._calls.labels(method, route, status).inc()
        self._seconds.labels(method, route).observe(seconds)

    def text(self) -> bytes:
        """Return all metrics in the text format; raises StoreError when the jobs cannot be counted."""
        return generate_latest(self._registry)


class _Jobs(Collector):
    """The jobs by status and the rows by result, read from the job store each time, so a restart loses none."""

    def __init__(self, store: JobStore) -> None:
        self._store = store

    def describe(self) -> Iterable[Metric]:
        return []

    def collect(self) -> Iterable[Metric]:
        tallies = self._store.figures.tallies()
        jobs = GaugeMetricFamily("client_import_jobs", "Jobs by status.", labels=["status"])
        for status in Status:
            jobs.add_metric([status.value], tallies[status].jobs if status in tallies else 0)
        yield jobs
        rows = CounterMetricFamily("client_import_rows", "Rows of all jobs by outcome.", labels=["outcome"])
        for outcome in ("created", "updated", "skipped", "errors"):
            total = sum(getattr(tally.counts, outcome) for tally in tallies.values())
            rows.add_metric(["rejected" if outcome == "errors" else outcome], total)
        yield rows
