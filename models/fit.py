"""The fit model: a scikit-learn classifier that adds up the profile and what it was trained on."""

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
from icp_fit.models.design_matrix import DesignMatrix
from icp_fit.models.evidence import count_evidence
from icp_fit.models.folds import fold_count
from icp_fit.models.interval import Uncertainty, answer_variances, jackknife_variance
from icp_fit.models.latent_classes import fit_latent_classes
from icp_fit.models.members import MEMBERS, train_members
from icp_fit.models.prior import fit_profile_member, profile_contributions, profile_log_odds
from icp_fit.models.stack import fit_stack
from icp_fit.models.validation import check_questions, outcomes_of, profile_of, table_of, weights_of

# On fewer deals threads wait for each other longer than they work, and on a busy machine much longer.
WORTH_THREADS = 20_000
# Enough deals to say how much an answer moves the score on average.
ENOUGH_TO_ASK = 100


class FitClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Predict whether a deal is won from its answers.

    The log-odds of a deal are `base_log_odds_` plus those of four members, each times its weight: the profile itself,
    a penalised logistic regression, one curve a factor, and small trees. A trained member is the average of the fits on
    all folds but one; the weights are fitted on its out-of-fold log-odds (`models.stack`). With no deals the score is
    the profile's.

    Parameters
    ----------
    profile : Profile, optional
        What the columns mean. Without one, every column is a number that may point either way.
    profile_strength : float
        How many deals the profile counts for beside those that the model is trained on.
    random_state : int

    Attributes
    ----------
    weights_ : dict of the members' weights, none of them negative
    base_log_odds_ : log-odds of a deal of which nothing is known, where every explanation starts
    evidence_share_ : share of the score's variation that comes from deals and not from the profile, 0 to 1
    n_deals_ : number of deals trained on
    folds_ : how many parts these were cut into
    shortfall_ : what the deals did not suffice for, why, and what to do, in a sentence; empty where they did
    encoder_, profile_member_, members_ : what the members are made of; `members_` holds the trained ones
    uncertainty_ : what the interval is made of
    evidence_ : how many of the deals trained on gave each answer, and how many of those were won
    latent_classes_ : what the answers of a deal say about its open questions
    scores_ : (101,) quantiles of the out-of-fold win probabilities of the deals trained on; empty without deals

    Examples
    --------
    >>> import pandas as pd
    >>> from icp_fit import FitClassifier, read_profile
    >>> deals = pd.DataFrame({"integrations": [12, 1, None], "security_level": ["high", "basic", None]})
    >>> FitClassifier(read_profile("liferay"))
    FitClassifier(profile=<liferay 1.0.0>, profile_strength=40.0, random_state=0)
    >>> model = FitClassifier(read_profile("liferay")).fit(deals, [True, False, False])
    >>> model.predict_proba(deals)[:, 1].round(2)  # three deals hardly move the profile's scores
    array([0.35, 0.18, 0.28])
    >>> model.predict_interval(deals, level=0.8).round(2)
    array([[0.18, 0.57],
           [0.08, 0.37],
           [0.14, 0.48]])
    """

    def __init__(
        self, profile: Profile | None = None, profile_strength: float = 40.0, random_state: int | None = 0
    ) -> None:
        self.profile = profile
        self.profile_strength = profile_strength
        self.random_state = random_state

    def fit(self, X: Any, y: Any, groups: Any = None, sample_weight: Any = None, dates: Any = None) -> Self:
        """Train on closed deals.

        Parameters
        ----------
        X : (deals, factors) table of answers with one column a factor, or an array
        y : (deals,) booleans, true where the deal was won, or two labels of which the greater one is won
        groups : (deals,) the account of each deal; an account's deals are never on both sides of a fold
        sample_weight : (deals,) how many deals each counts for
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
        design = self._encode(typed, outcomes, weights_of(sample_weight, len(typed)))
        self.n_deals_ = len(design)
        with threadpool_limits(1 if len(design) < WORTH_THREADS else None):
            self._fit_stack(design, _array(groups), _array(dates))
            self._count_evidence(typed, design.won)
        self.uncertainty_ = self._measure_uncertainty(design)
        return self

    def decision_function(self, X: Any) -> np.ndarray:
        """Log-odds of winning each deal, shape (deals,).

        Raises DealsError where an answer is not one that the profile allows, or where `X` lacks the columns of more
        than half of the questions that the model was trained on: add them empty where nobody asked, as with
        `X.reindex(columns=model.profile_.factor_ids)`.
        """
        return self._log_odds(self._design(X))

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

        At the given level, an interval holds the probability that unlimited deals would give to these answers. It is
        normal in log-odds, with the variance of `models.interval`: mostly that between the fits on all folds but one,
        the jackknife (Efron and Stein 1981, "The jackknife estimate of variance").

        Parameters
        ----------
        X : (deals, factors) as for `fit`
        level : float
            The chance that an interval holds that probability, between 0 and 1.
        """
        design = self._design(X)
        log_odds, contributions = self._log_odds(design), self._profile_contributions(design)
        variance = self.uncertainty_.variance(
            self._log_odds_of_fits(design), self.folds_, contributions, design.answered
        )
        reach = norm.ppf((1 + level) / 2) * np.sqrt(variance)
        return expit(np.column_stack([log_odds - reach, log_odds + reach]))

    def profile_log_odds(self, X: Any) -> np.ndarray:
        """The log-odds that the profile alone gives deals, trained on none, shape (deals,)."""
        design = self._design(X)
        contributions = profile_contributions(self.encoder_, design.matrix, design.answered)
        return profile_log_odds(self.profile_.win_rate, contributions)

    def _fit_stack(self, design: DesignMatrix, accounts: np.ndarray | None, dates: np.ndarray | None) -> None:
        """Fit the members and their weights."""
        contributions = profile_contributions(self.encoder_, design.matrix, design.answered)
        self.profile_member_ = fit_profile_member(contributions, design.answered, design.weight, self.profile_strength)
        own_log_odds = self.profile_member_.factor_log_odds(contributions, design.answered).sum(axis=1)
        trained = train_members(design, accounts, dates, fold_count(len(design)), self.random_state)
        self.members_, self.folds_, self.shortfall_ = trained.members, trained.folds, trained.shortfall
        stack = fit_stack(
            oof_log_odds=np.column_stack([own_log_odds, *trained.oof_log_odds]),
            won=design.won,
            weight=design.weight,
            prior_log_odds=profile_log_odds(self.profile_.win_rate, contributions),
            base_log_odds=float(logit(self.profile_.win_rate)),
            strength=self.profile_strength,
        )
        self.base_log_odds_, self.scores_ = stack.base_log_odds, stack.scores
        weights: dict[str, float] = dict(zip(MEMBERS, stack.weights.tolist(), strict=False))
        self.weights_ = dict.fromkeys(MEMBERS, 0.0) | weights
        self.evidence_share_ = stack.evidence_share

    def _count_evidence(self, typed: pd.DataFrame, won: np.ndarray) -> None:
        """Count the answers, and find which of them come together."""
        numbers = answer_numbers(self.profile_, typed)
        late = [factor.known_at == "close" for factor in self.profile_.factors]
        numbers[:, late] = np.nan  # what the outcome brings is no evidence
        self.evidence_ = count_evidence(self.profile_, numbers, won)
        self.latent_classes_ = fit_latent_classes(
            self.evidence_, numbers, int(np.random.default_rng(self.random_state).integers(2**31))
        )

    def _measure_uncertainty(self, design: DesignMatrix) -> Uncertainty:
        """Measure how far fits disagree, and how far each answer moves the score."""
        some = design.take(np.linspace(0, len(design) - 1, min(len(design), ENOUGH_TO_ASK)).astype(int))
        typical = jackknife_variance(self._log_odds_of_fits(some), self.folds_)
        p = expit(self.base_log_odds_)
        declared = np.array([factor.weight for factor in self.profile_.factors])
        return Uncertainty(
            open_questions=answer_variances(some, declared, self._log_odds),
            typical=float(typical.mean()) if len(some) else 0.0,
            win_rate=float(1 / ((design.weight.sum() + self.profile_strength) * p * (1 - p))),
        )

    def _log_odds(self, design: DesignMatrix) -> np.ndarray:
        log_odds = self.base_log_odds_ + self._profile_contributions(design).sum(axis=1)
        for name, member in self.members_.items():
            if self.weights_[name]:
                log_odds += self.weights_[name] * member.log_odds(design)
        return log_odds

    def _log_odds_of_fits(self, design: DesignMatrix) -> np.ndarray:
        """What the trained members add by each fit, shape (deals, fits)."""
        if not self.members_:
            return np.zeros((len(design), 0))
        return np.sum([self.weights_[name] * m.log_odds_of_fits(design) for name, m in self.members_.items()], axis=0)

    def _profile_contributions(self, design: DesignMatrix) -> np.ndarray:
        """What the profile member adds by factor, shape (deals, factors)."""
        contributions = profile_contributions(self.encoder_, design.matrix, design.answered)
        return self.weights_["profile"] * self.profile_member_.factor_log_odds(contributions, design.answered)

    def _design(self, X: Any) -> DesignMatrix:
        check_is_fitted(self)
        table = table_of(self, X, reset=False)
        check_questions(self, X)
        typed = check_answers(self.profile_, table)
        return self._encode(typed, np.zeros(len(typed)), np.ones(len(typed)))

    def _encode(self, typed: pd.DataFrame, won: np.ndarray, weight: np.ndarray) -> DesignMatrix:
        return DesignMatrix(self.encoder_, self.encoder_.transform(typed), self.encoder_.answered(typed), won, weight)

    def __repr__(self, N_CHAR_MAX: int = 700) -> str:
        """Short, whatever the profile: scikit-learn's own would print all its factors."""
        profile = None if self.profile is None else f"<{self.profile.name} {self.profile.version}>"
        settings = f"profile_strength={self.profile_strength!r}, random_state={self.random_state!r}"
        text = f"{type(self).__name__}(profile={profile}, {settings})"
        if not hasattr(self, "uncertainty_"):
            return text
        return f"<{text} trained on {self.n_deals_:,} deals, evidence share {self.evidence_share_:.0%}>"

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        tags.input_tags.allow_nan = True
        tags.input_tags.categorical = tags.input_tags.string = self.profile is not None
        return tags


def fit_nothing(profile: Profile) -> FitClassifier:
    """A model that was trained on no deals: its score is the profile's."""
    answers = typed_answers(profile, np.empty((0, len(profile.factors))))
    return FitClassifier(profile).fit(answers, np.empty(0))


def _array(values: Any) -> np.ndarray | None:
    return None if values is None else np.asarray(values)
