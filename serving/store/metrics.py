"""Whether predictions can be stored, and how many wait, as metrics."""

from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from icp_fit.serving.store.writer import Writer


class StoreMetrics(Collector):
    """The state of the writer of one process."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    def describe(self) -> Iterator[Metric]:
        return iter(())

    def collect(self) -> Iterator[Metric]:
        is_up = float(self._writer.refusal is None)
        yield GaugeMetricFamily("icp_fit_store_up", "Whether predictions can be stored.", value=is_up)
        waiting, lag = self._writer.waiting, self._writer.lag  # predictions, seconds
        yield GaugeMetricFamily("icp_fit_store_waiting", "Predictions that wait to be stored.", value=waiting)
        yield GaugeMetricFamily("icp_fit_store_lag_seconds", "How long the oldest of these has waited.", value=lag)
