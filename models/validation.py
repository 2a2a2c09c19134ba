"""What callers may hand to the fit model, brought into one form: a table, outcomes as 0 and 1, weights."""

from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.utils import assert_all_finite, check_array, column_or_1d
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import _check_sample_weight, check_consistent_length, validate_data

from icp_fit.features.errors import DealsError
from icp_fit.features.factors import Dimension, Factor, Profile
from icp_fit.features.mapping import Mapping
from icp_fit.features.missing_columns import describe_missing_questions
from icp_fit.models.evidence import trained_questions


def table_of(model: BaseEstimator, answers: Any, reset: bool) -> pd.DataFrame:
    """A table as it is; an array as a table with columns x0, x1 and so on."""
    if isinstance(answers, pd.DataFrame) and getattr(model, "profile", None) is not None:
        return answers
    matrix = validate_data(model, answers, reset=reset, ensure_all_finite="allow-nan", dtype=np.float64)
    return pd.DataFrame(matrix, columns=[f"x{j}" for j in range(matrix.shape[1])])


def check_questions(model: Any, answers: Any) -> None:
    """Raise DealsError where a table lacks columns for most of the questions that the model was trained on."""
    profile = model.profile_
    if model.profile is None or not isinstance(answers, pd.DataFrame):
        return  # columns of numbers, which scikit-learn has counted
    absent = [factor_id for factor_id in profile.factor_ids if factor_id not in answers]
    asked = trained_questions(profile, model.evidence_)
    others = [str(name) for name in answers if name not in profile.factor_ids]
    missing = describe_missing_questions(absent, asked, others, profile, Mapping())
    if missing:
        raise DealsError(
            f"{missing} Name the columns by the factors' ids, as `read_deals` does. Where nobody asked, add them "
            "empty: `X.reindex(columns=model.profile_.factor_ids)`."
        )


def profile_of(profile: Profile | None, table: pd.DataFrame) -> Profile:
    """The profile given, or one in which every column is a number that may point either way."""
    if profile is not None:
        return profile
    factors = tuple(Factor(str(name), "amount", str(name), f"{name}?") for name in table.columns)
    return Profile(
        "columns", "1", "Columns", "Every column is a number.", 0.5, (Dimension("all", "All", "All columns", factors),)
    )


def outcomes_of(won: Any, deals: int) -> tuple[np.ndarray, np.ndarray]:
    """The two labels, lost first, and the outcomes as 0.0 and 1.0, shape (deals,)."""
    labels = column_or_1d(won, warn=True)
    check_consistent_length(labels, np.empty(deals))
    assert_all_finite(labels, input_name="y")
    is_zero_or_one = pd.Series(labels).isin([0, 1]).all()
    if is_zero_or_one:
        return np.array([False, True]) if labels.dtype == bool else np.array([0, 1], labels.dtype), labels.astype(float)
    check_classification_targets(labels)
    classes, codes = np.unique(labels, return_inverse=True)
    if len(classes) != 2:
        kind = type_of_target(labels, input_name="y")
        raise ValueError(
            f"Only binary classification is supported. The type of the target is {kind}, with {len(classes)} class"
            f"{'es' if len(classes) > 1 else ''}. Give outcomes as booleans, or as two labels."
        )
    return classes, codes.astype(float)


def weights_of(sample_weight: Any, deals: int) -> np.ndarray:
    if sample_weight is None:
        return np.ones(deals)
    weights = _check_sample_weight(sample_weight, np.empty((deals, 1)), ensure_non_negative=True)
    return np.asarray(check_array(weights, ensure_2d=False), dtype=float)
