"""What more deals would bring: log loss on the same held-out deals, trained on ever more of the others."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from icp_fit.training.accuracy import MODEL, HeldOutScores
from icp_fit.training.statistics import Floats, Interval, build_means, estimate

# Enough to see the trend; fitting larger parts of a large table would cost more than the final fit.
MOST_DEALS = 8_000
FEWEST_DEALS = 20
# An improvement of log loss that is not worth waiting for.
SLIGHT = 0.005
NOTHING = "Nothing was learned, which does not say what more deals would bring."


@dataclass(frozen=True)
class LearningPoint:
    """The log loss of a model that was trained on this many deals."""

    deals: int
    log_loss: Interval


@dataclass(frozen=True)
class LearningCurve:
    """`doubling` is by how much twice the deals would lower the log loss; None where too few sizes could be tried."""

    points: tuple[LearningPoint, ...]
    doubling: Interval | None
    sentence: str


def choose_sizes(deals: int) -> list[int]:
    """The sizes to try below all deals: a quarter and a half, of the cap where there are more, and the cap itself.

    Three or four points tell what doubling brings; a fit to few deals costs nearly as much as one to thousands.
    """
    most = min(deals, MOST_DEALS)
    return [size for size in (most // 4, most // 2, most) if FEWEST_DEALS <= size < deals]


def measure_learning_curve(
    runs: Sequence[tuple[int, HeldOutScores]], seed: int = 0, *, has_learned: bool = True
) -> LearningCurve:
    """The curve from models that scored the same deals, by rising number of deals that they were trained on.

    Where even the last `has_learned` nothing, a flat curve is no sign that more deals would bring nothing.
    """
    losses = {f"{i}": scored.losses(MODEL) for i, (_, scored) in enumerate(runs)}
    sizes = np.array([size for size, _ in runs], dtype=float)
    if len(runs) >= 3:
        losses["doubling"] = np.column_stack(list(losses.values()))[:, -3:] @ _doubling_contrast(sizes[-3:])
    intervals = estimate(build_means(losses), runs[-1][1].cluster, seed)
    points = tuple(LearningPoint(size, intervals[f"{i}"]) for i, (size, _) in enumerate(runs))
    doubling = intervals.get("doubling") if has_learned else None
    return LearningCurve(points, doubling, _describe(doubling) if has_learned else NOTHING)


def _doubling_contrast(sizes: Floats) -> Floats:
    """Weights of the losses, shape (sizes,), that sum to what doubling the largest size would save.

    Fits `loss = a + b / sqrt(size)` by least squares, for errors of estimates fall with the root of the sample. As a
    weighted sum the saving is a mean over deals like any other, and its interval is paired. It leaves out the chance of
    which deals were drawn to train on.
    """
    slope: Floats = np.linalg.pinv(np.column_stack([np.ones_like(sizes), sizes**-0.5]))[1]
    return np.asarray(slope * sizes[-1] ** -0.5 * (1 - 0.5**0.5))


def _describe(doubling: Interval | None) -> str:
    if doubling is None:
        return "Too few deals to say what more of them would bring."
    if doubling.low > 0:
        span = f"{doubling.low:.3f} to {doubling.high:.3f}"
        return f"Twice as many deals would lower log loss by about {doubling.value:.3f} ({span})."
    span = f"{-doubling.high:+.3f} to {-doubling.low:+.3f}"
    if doubling.high < SLIGHT:
        return f"Twice as many deals would hardly change log loss ({span}); better questions would help more."
    return f"Too early to say what more deals would bring: twice as many would change log loss by {span}."
