"""What Prometheus is told: how fast which route answers, what scores are given, and how the model and the store are.

Counts are plain numbers that requests raise on their way; they become metrics only when somebody asks for them.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from icp_fit.serving.scoring.champion import Champion, ServedModel, age_seconds
from icp_fit.serving.store.writer import Writer

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)  # upper ends of buckets
AT_ONCE = 100  # requests whose open questions are counted together


class Metrics(Collector):
    """Counts what one process answers."""

    def __init__(self, champion: Champion, writer: Writer) -> None:
        self._champion = champion
        self._writer = writer
        self._latency: dict[tuple[str, str, int], _Latency] = defaultdict(_Latency)
        self._grades: dict[str, int] = dict.fromkeys("ABCD", 0)
        self._scores = [0] * 10
        self._deals = 0
        self._profile_digest = ""
        self._unanswered: np.ndarray = np.zeros(0)
        self._uncounted: list[np.ndarray] = []
        self._registry = CollectorRegistry()
        self._registry.register(self)

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """A request to a route was answered."""
        self._latency[method, route, status].add(seconds)

    def scored(self, model: ServedModel, numbers: np.ndarray, scores: Sequence[int], grades: Sequence[str]) -> None:
        """Deals were scored; `numbers` has shape (deals, factors)."""
        for score, grade in zip(scores, grades, strict=True):
            self._grades[grade] += 1
            self._scores[min(score // 10, 9)] += 1
        if model.profile.digest != self._profile_digest:  # other questions: their shares begin anew
            self._profile_digest, self._deals, self._uncounted = model.profile.digest, 0, []
            self._unanswered = np.zeros(len(model.profile.factors))
        self._uncounted.append(numbers)
        if len(self._uncounted) == AT_ONCE:
            self._count_unanswered()

    def text(self) -> bytes:
        """All metrics in Prometheus' text format."""
        return generate_latest(self._registry)

    def describe(self) -> Iterator[Metric]:
        return iter(())

    def collect(self) -> Iterator[Metric]:
        yield self._collect_latency()
        yield from self._collect_scores()
        yield from self._collect_model()
        yield _gauge("icp_fit_store_up", "Whether predictions can be stored.", float(self._writer.down is None))
        yield _gauge("icp_fit_store_waiting", "Predictions that wait to be stored.", self._writer.waiting)
        yield _gauge("icp_fit_store_lag_seconds", "How long the oldest of these has been waiting.", self._writer.lag)

    def _count_unanswered(self) -> None:
        """Count what waits: many deals together, for one by one that takes as long as reading a request."""
        if self._uncounted:
            numbers = np.concatenate(self._uncounted)
            self._deals += len(numbers)
            self._unanswered += np.isnan(numbers).sum(axis=0)
            self._uncounted = []

    def _collect_latency(self) -> Metric:
        labels = ("method", "route", "status")
        family = HistogramMetricFamily("icp_fit_request_seconds", "Time to answer a request.", labels=labels)
        for (method, route, status), latency in list(self._latency.items()):
            family.add_metric((method, route, str(status)), latency.buckets(), latency.total)
        return family

    def _collect_scores(self) -> Iterator[Metric]:
        grades = CounterMetricFamily("icp_fit_predictions", "Predictions given, by grade.", labels=("grade",))
        for grade, count in self._grades.items():
            grades.add_metric((grade,), count)
        yield grades
        scores = HistogramMetricFamily("icp_fit_score", "Scores given, from 0 to 100.")
        ends = [*map(str, range(10, 100, 10)), "+Inf"]
        counts = np.cumsum(self._scores).tolist()
        middle = [10 * tenth + 4.5 for tenth in range(10)]
        scores.add_metric((), list(zip(ends, counts, strict=True)), float(np.dot(self._scores, middle)))
        yield scores

    def _collect_model(self) -> Iterator[Metric]:
        model = self._champion.model
        labels = ("model_version", "profile", "profile_version")
        info = GaugeMetricFamily("icp_fit_model_info", "The model that answers.", labels=labels)
        yield _gauge("icp_fit_ready", "Whether a model answers.", float(model is not None))
        if model is None:
            return
        info.add_metric((model.model_version, model.profile.name, model.profile.version), 1)
        yield info
        age = age_seconds(model)
        if age is not None:
            yield _gauge("icp_fit_model_age_seconds", "How long ago the model was exported.", age)
        self._count_unanswered()
        if self._deals and model.profile.digest == self._profile_digest:
            share = GaugeMetricFamily(
                "icp_fit_unanswered_share", "Share of deals scored in which a question is open.", labels=("factor",)
            )
            for factor_id, count in zip(model.profile.factor_ids, self._unanswered.tolist(), strict=True):
                share.add_metric((factor_id,), count / self._deals)
            yield share


class _Latency:
    """How many requests took how long."""

    def __init__(self) -> None:
        self.counts = [0] * (len(SECONDS) + 1)
        self.total = 0.0

    def add(self, seconds: float) -> None:
        self.counts[bisect_left(SECONDS, seconds)] += 1
        self.total += seconds

    def buckets(self) -> list[tuple[str, float]]:
        ends = [*map(str, SECONDS), "+Inf"]
        return list(zip(ends, np.cumsum(self.counts).tolist(), strict=True))


def _gauge(name: str, documentation: str, value: float) -> Metric:
    return GaugeMetricFamily(name, documentation, value=value)
