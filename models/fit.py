"""The fit model: a scikit-learn classifier that adds up what the profile says and what the deals have taught."""

from typing import Any, Self

import numpy as np
import pandas as pd
from scipy.special import expit, logit
from scipy.stats import norm
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted
from threadpoolctl import threadpool_limits

from icp_fit.features.answers import check_answers
from icp_fit.features.encoder import AnswerEncoder, answer_numbers, typed_answers
from icp_fit.features.factors import Profile
from icp_fit.models.curves import fit_curves
from icp_fit.models.design_matrix import DesignMatrix, Member
from icp_fit.models.evidence import count_evidence
from icp_fit.models.folds import can_learn, deal_groups, draw_folds
from icp_fit.models.interactions import fit_interactions
from icp_fit.models.interval import Uncertainty, jackknife_variance
from icp_fit.models.latent_classes import fit_latent_classes
from icp_fit.models.linear import fit_linear
from icp_fit.models.prior import fit_profile_member, profile_contributions, profile_log_odds
from icp_fit.models.stack import fit_weights
from icp_fit.models.validation import outcomes_of, profile_of, table_of, weights_of

MEMBERS = ("profile", "linear", "curves", "interactions")
# With fewer deals of either outcome a fold may have none of them, and nothing can be learned but the win rate.
FEWEST_OF_EACH = 10
# On fewer deals threads wait for each other longer than they work, and on a busy machine much longer.
WORTH_THREADS = 20_000
# Enough deals to say how much an answer moves the score on average.
ENOUGH_TO_ASK = 100


class FitClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Predict whether a deal is won from its answers.

    The log-odds of a deal are `base_log_odds_` plus those of four members, each times its weight: the profile itself,
    a penalised logistic regression, one curve a factor, and small trees. A learned member is the average of the fits on
    all folds but one, whose out-of-fold log-odds the weights are fitted on. With no deals the score is the profile's.

    Parameters
    ----------
    profile : Profile, optional
        What the columns mean. Without one, every column is a number that may point either way.
    profile_strength : float
        How many deals the profile's word is worth against the deals learned from.
    random_state : int

    Attributes
    ----------
    weights_ : dict of the members' weights
    evidence_share_ : share of the score's variation that was learned from deals, 0 to 1
    n_deals_ : number of deals learned from
    encoder_, profile_member_, learned_ : what the members are made of
    evidence_ : how many of the deals learned from gave each answer, and how many of those were won
    latent_classes_ : what known answers say about unknown ones
    scores_ : (101,) quantiles of the win probabilities, out of fold, of the deals learned from; empty without deals
    """

    def __init__(
        self, profile: Profile | None = None, profile_strength: float = 40.0, random_state: int | None = 0
    ) -> None:
        self.profile = profile
        self.profile_strength = profile_strength
        self.random_state = random_state

    def fit(self, X: Any, y: Any, groups: Any = None, sample_weight: Any = None, dates: Any = None) -> Self:
        """Learn from deals.

        Parameters
        ----------
        X : (deals, factors) table of answers with one column a factor, or an array
        y : (deals,) booleans, true where the deal was won, or two labels of which the greater one is won
        groups : (deals,) the account of each deal; an account's deals are never on both sides of a fold
        sample_weight : (deals,)
        dates : (deals,) when each was closed, where known; what held in every period counts for more

        Raises
        ------
        DealsError
            Where an answer is not one that the profile allows.
        """
        table = table_of(self, X, reset=True)
        self.profile_ = profile_of(self.profile, table)
        typed = check_answers(self.profile_, table)
        self.classes_, outcomes = outcomes_of(y, len(typed))
        self.encoder_ = AnswerEncoder(self.profile_).fit(typed)
        sheet = self._encoded(typed, outcomes, weights_of(sample_weight, len(typed)))
        self.n_deals_ = len(sheet)
        with threadpool_limits(1 if len(sheet) < WORTH_THREADS else None):
            self._learn(sheet, _array(groups), _array(dates))
            self._count(typed, sheet.won)
        self._doubt(sheet)
        return self

    def decision_function(self, X: Any) -> np.ndarray:
        """Log-odds of winning each deal, shape (deals,)."""
        return self._log_odds(self._sheet(X))

    def predict_proba(self, X: Any) -> np.ndarray:
        """Probabilities of losing and of winning each deal, shape (deals, 2)."""
        p = expit(self.decision_function(X))
        return np.column_stack([1 - p, p])

    def predict(self, X: Any) -> np.ndarray:
        """The likelier outcome of each deal, shape (deals,)."""
        likelier_won = self.decision_function(X) > 0
        return self.classes_[likelier_won.astype(int)]

    def predict_interval(self, X: Any, level: float = 0.8) -> np.ndarray:
        """Lowest and highest plausible win probability of each deal, shape (deals, 2).

        At the given level, an interval holds the probability that unlimited deals would give to these answers.
        """
        sheet = self._sheet(X)
        log_odds, said = self._log_odds(sheet), self._profile_log_odds(sheet)
        variance = self.uncertainty_.variance(self._log_odds_of_fits(sheet), self.folds_, said, sheet.known)
        reach = norm.ppf((1 + level) / 2) * np.sqrt(variance)
        return expit(np.column_stack([log_odds - reach, log_odds + reach]))

    def profile_log_odds(self, X: Any) -> np.ndarray:
        """What the profile alone says, nothing learned, as log-odds of shape (deals,)."""
        sheet = self._sheet(X)
        said = profile_contributions(self.encoder_, sheet.matrix, sheet.known)
        return profile_log_odds(self.profile_.win_rate, said)

    def _learn(self, sheet: DesignMatrix, accounts: np.ndarray | None, dates: np.ndarray | None) -> None:
        """Fit the members and their weights."""
        said = profile_contributions(self.encoder_, sheet.matrix, sheet.known)
        self.profile_member_ = fit_profile_member(said, sheet.known, sheet.weight, self.profile_strength)
        opinions = [self.profile_member_.factor_log_odds(said, sheet.known).sum(axis=1)]
        self.folds_ = fold_count(len(sheet))
        self.learned_: dict[str, Member] = {}
        opinions += self._learn_members(sheet, accounts, dates)
        believed = expit(profile_log_odds(self.profile_.win_rate, said))
        self.base_log_odds_, weights = float(logit(self.profile_.win_rate)), np.ones(1)
        if sheet.weight.sum():
            self.base_log_odds_, weights = fit_weights(
                np.column_stack(opinions), sheet.won, sheet.weight, believed, self.profile_strength
            )
        log_odds = self.base_log_odds_ + weights @ opinions
        self.scores_ = np.quantile(expit(log_odds), np.linspace(0, 1, 101)) if len(sheet) else np.empty(0)
        self.weights_ = dict.fromkeys(MEMBERS, 0.0) | dict(zip(MEMBERS, weights.tolist(), strict=False))
        spread = weights * np.std(opinions, axis=1) if len(sheet) else np.zeros(1)
        self.evidence_share_ = float(spread[1:].sum() / spread.sum()) if spread.any() else 0.0

    def _learn_members(
        self, sheet: DesignMatrix, accounts: np.ndarray | None, dates: np.ndarray | None
    ) -> list[np.ndarray]:
        """Fit the learned members, where deals suffice for it, and return their out-of-fold log-odds."""
        if min(sheet.won.sum(), (1 - sheet.won).sum()) < FEWEST_OF_EACH or not sheet.encoder.columns_:
            return []
        seed = int(np.random.default_rng(self.random_state).integers(2**31))
        groups = deal_groups(sheet.matrix, accounts)
        folds = draw_folds(groups, sheet.won, dates, self.folds_, fold_repeats(len(sheet)), seed)
        if not can_learn(folds, sheet.won, self.folds_):
            return []
        fits: dict[str, tuple[Member, np.ndarray]] = {
            "linear": fit_linear(sheet, folds),
            "curves": fit_curves(sheet, folds, seed),
            "interactions": fit_interactions(sheet, folds, seed),
        }
        self.learned_ = {name: member for name, (member, _) in fits.items()}
        return [out_of_fold for _, out_of_fold in fits.values()]

    def _count(self, typed: pd.DataFrame, won: np.ndarray) -> None:
        """Count answers, and learn which of them come together."""
        numbers = answer_numbers(self.profile_, typed)
        late = [factor.known_at == "close" for factor in self.profile_.factors]
        numbers[:, late] = np.nan  # what the outcome brings is no evidence
        self.evidence_ = count_evidence(self.profile_, numbers, won)
        self.latent_classes_ = fit_latent_classes(
            self.evidence_, numbers, int(np.random.default_rng(self.random_state).integers(2**31))
        )

    def _doubt(self, sheet: DesignMatrix) -> None:
        """Measure how far fits disagree, and how far each answer moves the score."""
        some = sheet.take(np.linspace(0, len(sheet) - 1, min(len(sheet), ENOUGH_TO_ASK)).astype(int))
        typical = jackknife_variance(self._log_odds_of_fits(some), self.folds_)
        p = expit(self.base_log_odds_)
        self.uncertainty_ = Uncertainty(
            unanswered=self._answer_variances(some),
            typical=float(typical.mean()) if len(some) else 0.0,
            win_rate=float(1 / ((sheet.weight.sum() + self.profile_strength) * p * (1 - p))),
        )

    def _answer_variances(self, sheet: DesignMatrix) -> np.ndarray:
        """The mean square of what the answer to each question does to the log-odds, shape (factors,)."""
        # Of what is hardly answered only the profile knows: an answer is as likely anywhere between its two ends.
        variances = np.array([factor.weight**2 / 3 for factor in self.profile_.factors])
        log_odds = self._log_odds(sheet)
        for factor in range(len(variances)):
            answered = np.flatnonzero(sheet.known[:, factor])
            if len(answered) >= self.encoder_.min_count:
                without = sheet.take(answered).without(factor)
                variances[factor] = np.mean((log_odds[answered] - self._log_odds(without)) ** 2)
        return variances

    def _log_odds(self, sheet: DesignMatrix) -> np.ndarray:
        log_odds = self.base_log_odds_ + self._profile_log_odds(sheet).sum(axis=1)
        for name, member in self.learned_.items():
            if self.weights_[name]:
                log_odds += self.weights_[name] * member.log_odds(sheet)
        return log_odds

    def _log_odds_of_fits(self, sheet: DesignMatrix) -> np.ndarray:
        """What the learned members add by each fit, shape (deals, fits)."""
        if not self.learned_:
            return np.zeros((len(sheet), 0))
        return np.sum([self.weights_[name] * m.log_odds_of_fits(sheet) for name, m in self.learned_.items()], axis=0)

    def _profile_log_odds(self, sheet: DesignMatrix) -> np.ndarray:
        """What the profile member adds by factor, shape (deals, factors)."""
        said = profile_contributions(self.encoder_, sheet.matrix, sheet.known)
        return self.weights_["profile"] * self.profile_member_.factor_log_odds(said, sheet.known)

    def _sheet(self, X: Any) -> DesignMatrix:
        check_is_fitted(self)
        typed = check_answers(self.profile_, table_of(self, X, reset=False))
        return self._encoded(typed, np.zeros(len(typed)), np.ones(len(typed)))

    def _encoded(self, typed: pd.DataFrame, won: np.ndarray, weight: np.ndarray) -> DesignMatrix:
        return DesignMatrix(self.encoder_, self.encoder_.transform(typed), self.encoder_.known(typed), won, weight)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        tags.input_tags.allow_nan = True
        tags.input_tags.categorical = tags.input_tags.string = self.profile is not None
        return tags


def fit_nothing(profile: Profile) -> FitClassifier:
    """A model that has learned from no deals: its score is what the profile's weights say."""
    answers = typed_answers(profile, np.empty((0, len(profile.factors))))
    return FitClassifier(profile).fit(answers, np.empty(0))


def fold_count(deals: int) -> int:
    """How many parts the deals are cut into: two thirds of very many teach as much as four fifths, at half the cost."""
    return 5 if deals < 100_000 else 3


def fold_repeats(deals: int) -> int:
    """How often the folds are drawn anew: the fewer deals, the more an answer depends on which fold they fell into."""
    return 3 if deals < 500 else 1


def _array(given: Any) -> np.ndarray | None:
    return None if given is None else np.asarray(given)
