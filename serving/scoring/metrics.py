"""What scores are given, how many questions are open in the deals scored, and which model answers, as metrics.

Counts are plain numbers that requests raise on their way; they become metrics only when somebody asks for them.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from icp_fit.serving.scoring.champion import Champion
from icp_fit.serving.scoring.served_model import ServedModel
from icp_fit.serving.store.records import Prediction

AT_ONCE = 100  # requests whose open questions are counted together


class PredictionMetrics(Collector):
    """Counts the predictions of one process."""

    def __init__(self, champion: Champion) -> None:
        self._champion = champion
        self._grades: dict[str, int] = dict.fromkeys("ABCD", 0)
        self._scores = [0] * 10  # predictions by tenth of the score, 100 in the last
        # Open questions, of the profile with this digest: counted are `_unanswered`, shape (factors,), in `_deals`
        # deals; `_uncounted` waits, as arrays of shape (deals, factors).
        self._profile_digest = ""
        self._deals = 0
        self._unanswered: np.ndarray = np.zeros(0)
        self._uncounted: list[np.ndarray] = []

    def count(self, model: ServedModel, numbers: np.ndarray, predictions: Sequence[Prediction]) -> None:
        """Count deals that were scored; `numbers` has shape (deals, factors)."""
        for prediction in predictions:
            self._grades[prediction.grade] += 1
            self._scores[min(prediction.score // 10, 9)] += 1
        if model.profile.digest != self._profile_digest:  # other questions: their shares begin anew
            self._profile_digest, self._deals, self._uncounted = model.profile.digest, 0, []
            self._unanswered = np.zeros(len(model.profile.factors))
        self._uncounted.append(numbers)
        if len(self._uncounted) == AT_ONCE:
            self._count_unanswered()

    def describe(self) -> Iterator[Metric]:
        return iter(())

    def collect(self) -> Iterator[Metric]:
        yield from self._collect_scores()
        yield from self._collect_model()

    def _count_unanswered(self) -> None:
        """Count what waits: many deals together, for one by one that takes as long as reading a request."""
        if self._uncounted:
            numbers = np.concatenate(self._uncounted)
            self._deals += len(numbers)
            self._unanswered += np.isnan(numbers).sum(axis=0)
            self._uncounted = []

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
        if model.age_seconds is not None:
            yield _gauge("icp_fit_model_age_seconds", "How long ago the model was trained.", model.age_seconds)
        self._count_unanswered()
        if self._deals and model.profile.digest == self._profile_digest:
            share = GaugeMetricFamily(
                "icp_fit_unanswered_share", "Share of deals scored in which a question is open.", labels=("factor",)
            )
            for factor_id, count in zip(model.profile.factor_ids, self._unanswered.tolist(), strict=True):
                share.add_metric((factor_id,), count / self._deals)
            yield share


def _gauge(name: str, documentation: str, value: float) -> Metric:
    return GaugeMetricFamily(name, documentation, value=value)
