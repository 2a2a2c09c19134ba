"""How fast which route answers, counted as requests are answered and turned into a metric when somebody asks for it."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator
from itertools import accumulate

from prometheus_client.core import HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)  # upper ends of buckets


class RequestLatency(Collector):
    """The latency of one process's requests, by method, route and status."""

    def __init__(self) -> None:
        self._times: dict[tuple[str, str, int], _Histogram] = defaultdict(_Histogram)

    def observe(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request that was answered."""
        self._times[method, route, status].add(seconds)

    def describe(self) -> Iterator[Metric]:
        return iter(())

    def collect(self) -> Iterator[Metric]:
        labels = ("method", "route", "status")
        family = HistogramMetricFamily("icp_fit_request_seconds", "Time to answer a request.", labels=labels)
        for (method, route, status), times in list(self._times.items()):
            family.add_metric((method, route, str(status)), times.buckets(), times.total)
        yield family


class _Histogram:
    """How many requests took how long: `counts` has one a bucket, and a last one for all that took longer."""

    def __init__(self) -> None:
        self.counts = [0] * (len(SECONDS) + 1)
        self.total = 0.0  # seconds

    def add(self, seconds: float) -> None:
        self.counts[bisect_left(SECONDS, seconds)] += 1
        self.total += seconds

    def buckets(self) -> list[tuple[str, float]]:
        """The upper end of each bucket with the number of requests up to it."""
        ends = [*map(str, SECONDS), "+Inf"]
        return list(zip(ends, accumulate(self.counts), strict=True))
