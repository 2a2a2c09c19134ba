"""The explanation of a score: what every factor adds to the log-odds, exactly, and to the points of the score.

The log-odds of factors and the baseline add up to the served log-odds: they are the Shapley values of the members,
path-dependent for trees (Lundberg et al. 2020), added up. Points follow the straight path from the baseline to the
deal: of the way from the baseline's probability to the deal's, each factor has the part that it has of the way in
log-odds, `points = 100 phi (p - p0) / (f - f0)`. That is the value of Aumann and Shapley (1974), or integrated
gradients (Sundararajan et al. 2017), of the probability as a function of the factors' log-odds. Points add up to the
score and keep the order of factors.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import expit, ndtri

from icp_fit.extras import naming_extras
from icp_fit.features.answers import check_answers
from icp_fit.features.encoder import answer_numbers
from icp_fit.features.factors import Profile
from icp_fit.models.compiled import CompiledModel, compile_model
from icp_fit.models.explanation_html import write_html
from icp_fit.models.fit import FitClassifier
from icp_fit.models.validation import check_questions

if TYPE_CHECKING:
    import shap

LEVEL = 0.8  # of the interval beside a score


@dataclass(frozen=True)
class Explanation:
    """Deals with what their scores are made of, as `explain` gives them.

    Factors and dimensions are in the profile's order. An open question has zero log-odds and points, unless the profile
    says that leaving it open informs.

    Attributes
    ----------
    numbers : (deals, factors) answers as numbers (`features.encoder.answer_numbers`), NaN where a question is open
    log_odds_by_factor, log_odds_by_dimension : (deals, factors) or (deals, dimensions) log-odds, exact
    points, points_by_dimension : the same shapes, in points of the score from -100 to 100
    log_odds : (deals,) the baseline's log-odds and those of all factors
    win_probability : (deals,) from 0 to 1
    score : (deals,) the win probability as a whole number from 0 to 100
    grade : list of A, B, C or D, one a deal
    low, high : (deals,) the interval of the win probability at 80%
    variance : (deals,) that of the log-odds, of which `interval` makes intervals at any level
    completeness : (deals,) share of the questions that are answered, from 0 to 1
    percentile : (deals,) whole percentage of the deals trained on that score lower; None without deals
    baseline_log_odds, baseline_probability : of a deal of which nothing is known
    compiled : the model that explains

    Notes
    -----
    `100 * baseline_probability + points.sum(axis=1)` is `100 * win_probability`, to rounding.
    """

    compiled: CompiledModel
    numbers: np.ndarray
    log_odds_by_factor: np.ndarray
    variance: np.ndarray

    def __len__(self) -> int:
        return len(self.numbers)

    def __getitem__(self, deals: int | slice | np.ndarray) -> "Explanation":
        """Some of the deals, or one as a table of one."""
        some = slice(deals, deals + 1 or None) if isinstance(deals, int) else deals
        return Explanation(self.compiled, self.numbers[some], self.log_odds_by_factor[some], self.variance[some])

    def __repr__(self) -> str:
        by = f"profile {self.profile.name} {self.profile.version}"
        if len(self) == 1:
            return f"<Explanation of 1 deal: score {self.score[0]}, grade {self.grade[0]}; {by}>"
        mean = f"mean score {self.score.mean():.0f}; " if len(self) else ""
        return f"<Explanation of {len(self):,} deals: {mean}{by}>"

    def _repr_html_(self) -> str:
        return write_html(self)

    @property
    def profile(self) -> Profile:
        return self.compiled.profile

    @property
    def baseline_log_odds(self) -> float:
        """The log-odds of a deal of which nothing is known."""
        return self.compiled.base_log_odds

    @property
    def baseline_probability(self) -> float:
        return float(expit(self.baseline_log_odds))

    @cached_property
    def log_odds(self) -> np.ndarray:
        """The served log-odds, shape (deals,)."""
        return self.baseline_log_odds + self.log_odds_by_factor.sum(axis=1)

    @cached_property
    def win_probability(self) -> np.ndarray:
        """Shape (deals,)."""
        return expit(self.log_odds)

    @cached_property
    def score(self) -> np.ndarray:
        """The win probability as a whole number from 0 to 100, shape (deals,)."""
        return np.rint(100 * self.win_probability).astype(int)

    @cached_property
    def grade(self) -> list[str]:
        """The grade of each score as it is shown, so that 75 is never a B where A begins at 75."""
        return [self.profile.grades.grade(score) for score in self.score.tolist()]

    @cached_property
    def points(self) -> np.ndarray:
        """What each factor adds to the score, in points, shape (deals, factors)."""
        return self.log_odds_by_factor * path_slope(self.baseline_log_odds, self.log_odds)[:, None]

    @cached_property
    def log_odds_by_dimension(self) -> np.ndarray:
        """Shape (deals, dimensions)."""
        return self._by_dimension(self.log_odds_by_factor)

    @cached_property
    def points_by_dimension(self) -> np.ndarray:
        """Shape (deals, dimensions)."""
        return self._by_dimension(self.points)

    @cached_property
    def low(self) -> np.ndarray:
        """The lowest plausible win probability, at the level that is shown beside scores, shape (deals,)."""
        return self.interval()[:, 0]

    @cached_property
    def high(self) -> np.ndarray:
        """The highest plausible win probability, shape (deals,)."""
        return self.interval()[:, 1]

    @cached_property
    def completeness(self) -> np.ndarray:
        """The share of the questions that can be asked of an open deal which are answered, shape (deals,)."""
        return 1 - np.isnan(self.numbers[:, self.profile.known_before_close]).mean(axis=1)

    @cached_property
    def percentile(self) -> np.ndarray | None:
        """The percentage of the deals trained on that score lower, whole, shape (deals,); None without deals."""
        reference = self.compiled.model.scores_
        if not len(reference):
            return None
        # Deals that score the same are not lower, so that rounding must not part them.
        lower = np.searchsorted(reference, self.win_probability - 1e-9)
        return np.maximum(lower - 1, 0)

    def interval(self, level: float = LEVEL) -> np.ndarray:
        """Lowest and highest plausible win probability, shape (deals, 2), as `FitClassifier.predict_interval`."""
        reach = ndtri((1 + level) / 2) * np.sqrt(self.variance)
        return expit(np.column_stack([self.log_odds - reach, self.log_odds + reach]))

    def to_shap(self) -> "shap.Explanation":
        """The same for shap's plots: values in log-odds, data as numbers, factors named by their labels.

        Raises MissingExtraError without the extra `training`.
        """
        with naming_extras():
            import shap

        return shap.Explanation(
            values=self.log_odds_by_factor,
            base_values=np.full(len(self), self.baseline_log_odds),
            data=self.numbers,
            feature_names=[factor.label for factor in self.profile.factors],
        )

    def _by_dimension(self, by_factor: np.ndarray) -> np.ndarray:
        sizes = [len(dimension.factors) for dimension in self.profile.dimensions]
        starts = np.cumsum([0, *sizes[:-1]])
        return np.add.reduceat(by_factor, starts, axis=1)


def explain(model: FitClassifier | CompiledModel, deals: pd.DataFrame) -> Explanation:
    """Explain a table of deals.

    Parameters
    ----------
    model : FitClassifier or CompiledModel
        A fitted model; compiled ones save the time to compile, about 0.1 s.
    deals : (deals, factors) table with one column a factor, named by its id; a missing column is an open question,
        but half of the questions that the model was trained on must be there

    Raises
    ------
    DealsError
        For answers that cannot be used, and for a table without most of the questions.

    Examples
    --------
    >>> import pandas as pd
    >>> from icp_fit import FitClassifier, explain, read_profile
    >>> alone = FitClassifier(read_profile("liferay")).fit(pd.DataFrame(columns=read_profile("liferay").factor_ids), [])
    >>> deals = pd.DataFrame({"integrations": [12, None], "security_level": ["high", None]})
    >>> explanation = explain(alone, deals.reindex(columns=alone.profile_.factor_ids))  # nobody asked the rest
    >>> explanation.score, explanation.grade
    (array([32, 27]), ['C', 'C'])
    >>> baseline = 100 * explanation.baseline_probability
    >>> (baseline + explanation.points.sum(axis=1)).round().astype(int)  # the points add up to the score
    array([32, 27])
    """
    compiled: CompiledModel = model if isinstance(model, CompiledModel) else compile_model(model)
    check_questions(compiled.model, deals)
    return explain_numbers(compiled, answer_numbers(compiled.profile, check_answers(compiled.profile, deals)))


def explain_numbers(compiled: CompiledModel, numbers: np.ndarray, threads: int | None = None) -> Explanation:
    """Explain deals given as numbers, shape (deals, factors); many are shared among `threads`, else all cores."""
    compiled_pass = compiled.run(numbers, threads)
    return Explanation(compiled, numbers, compiled_pass.values, compiled_pass.variance)


def path_slope(start: float | np.ndarray, end: np.ndarray) -> np.ndarray:
    """Points of the score per unit of log-odds on the straight way between two log-odds, shape of `end`."""
    way = end - start
    still = np.abs(way) < 1e-6
    middle, apart = (start + end) / 2, np.where(still, 1.0, way)
    # Where there is no way to go, the slope is the derivative; the difference of probabilities loses digits there.
    return 100 * np.where(still, expit(middle) * expit(-middle), (expit(end) - expit(start)) / apart)
