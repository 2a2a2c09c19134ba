"""Design matrices of the small profile's deals, and folds to fit on."""

import numpy as np
import pandas as pd

from icp_fit.features.encoder import AnswerEncoder
from icp_fit.models.design_matrix import DesignMatrix
from icp_fit.models.folds import draw_folds
from tests.support.small_profile import PROFILE, draw_answers, draw_outcomes


def build_design(count: int, seed: int = 0, blank: float = 0.15, won: np.ndarray | None = None) -> DesignMatrix:
    """Deals with their outcomes, each counting for one."""
    answers = draw_answers(count, seed, blank)
    outcomes = draw_outcomes(answers, seed) if won is None else won
    return encode_answers(AnswerEncoder(PROFILE).fit(answers), answers, outcomes)


def encode_answers(encoder: AnswerEncoder, answers: pd.DataFrame, won: np.ndarray | None = None) -> DesignMatrix:
    """Typed answers as a fitted encoder has them; nobody won them where no outcomes are given."""
    count = len(answers)
    outcomes = np.zeros(count) if won is None else np.asarray(won, dtype=float)
    return DesignMatrix(encoder, encoder.transform(answers), encoder.answered(answers), outcomes, np.ones(count))


def draw_simple_folds(design: DesignMatrix, folds: int = 5, repeats: int = 1) -> np.ndarray:
    return draw_folds(np.arange(len(design)), design.won, None, folds, repeats, 0)
