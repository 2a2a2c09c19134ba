"""Rescoring: open deals are scored anew by another model, each from the answers of its latest prediction.

A rescoring gets the id right after that of the prediction whose answers it takes. So whatever a running service is told
of the deal meanwhile is later than it, whichever is stored first, and two runs at once store one row and not two.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple

import numpy as np

from icp_fit.features.deal_reader import AnswerError
from icp_fit.models.explain import explain_numbers
from icp_fit.models.narrative.explained_deals import ExplainedDeals
from icp_fit.serving.http.requests import DealRequest
from icp_fit.serving.scoring.predictions import Origin, narrate_deal
from icp_fit.serving.scoring.served_model import ServedModel
from icp_fit.serving.store.ids import next_id
from icp_fit.serving.store.records import Prediction
from icp_fit.serving.store.store import Store

ROUTE = "rescore"
AT_ONCE = 500  # deals that are read and stored together, so that a running service never waits long for the lock

Progress = Callable[[int, float], None]


@dataclass(frozen=True)
class RefusedDeal:
    """A deal that keeps the score it has, for the profile does not accept its answers."""

    deal_id: str
    reason: str


@dataclass
class Rescored:
    """What became of the open deals: scored anew, scored by this model already, or refused.

    `regraded` counts those whose grade changed, `removed_factors` the answers left out, by factor.
    """

    model_version: str
    profile_version: str
    rescored: int = 0
    regraded: int = 0
    already: int = 0
    refused: list[RefusedDeal] = field(default_factory=list)
    removed_factors: Counter[str] = field(default_factory=Counter)

    @property
    def open_deals(self) -> int:
        return self.rescored + self.already + len(self.refused)

    def to_dict(self) -> dict[str, Any]:
        return {"open_deals": self.open_deals, **asdict(self)}

    def sentences(self) -> Iterator[str]:
        yield (
            f"Rescored {self.rescored:,} of {self.open_deals:,} open deals with model version {self.model_version}: "
            f"the grade of {self.regraded:,} changed, {self.already:,} had been scored with it before."
        )
        for factor_id, deals in self.removed_factors.most_common():
            yield f"`{factor_id}` is no longer in the profile; its answer was left out of {deals:,} deals."
        if self.refused:
            yield f"{len(self.refused):,} deals keep their score, for the profile does not accept their answers:"


class _ReadDeal(NamedTuple):
    """A deal's latest prediction, and its answers as the model reads them."""

    before: Prediction
    deal: DealRequest
    numbers: np.ndarray


def rescore_open_deals(store: Store, model: ServedModel, progress: Progress) -> Rescored:
    """Score all open deals that another model scored last; blocks, and may be repeated after a StoreError."""
    found = Rescored(model.model_version, model.profile.version)
    total, after = store.count_open(), ""
    while latest := store.latest_of_open(after, AT_ONCE):
        after = str(latest[-1].deal_id)
        old = [before for before in latest if not model.matches(before.bundle_hash, before.profile_digest)]
        found.already += len(latest) - len(old)
        _rescore(store, model, [read for before in old if (read := _read(model, before, found))], found)
        progress(found.open_deals, min(1.0, found.open_deals / max(1, total)))
    return found


def _rescore(store: Store, model: ServedModel, deals: Sequence[_ReadDeal], found: Rescored) -> None:
    if not deals:
        return
    columns = ExplainedDeals.of(explain_numbers(model.compiled, np.stack([read.numbers for read in deals])))
    predictions = [
        narrate_deal(model, read.deal, read.numbers, (columns, row), next_id(read.before.id), Origin(ROUTE)).prediction
        for row, read in enumerate(deals)
    ]
    store.add(predictions)
    found.rescored += len(predictions)
    found.regraded += sum(now.grade != read.before.grade for now, read in zip(predictions, deals, strict=True))


def _read(model: ServedModel, before: Prediction, found: Rescored) -> _ReadDeal | None:
    """A deal as this model reads it; None, with the reason among what was found, where it cannot."""
    stored, current = json.loads(before.answers), set(model.profile.factor_ids)
    answers = {name: answer for name, answer in stored.items() if name in current}
    try:
        numbers = model.reader.read(answers)
    except AnswerError as error:
        found.refused.append(RefusedDeal(str(before.deal_id), str(error)))
        return None
    found.removed_factors.update(stored.keys() - current)
    return _ReadDeal(before, DealRequest(answers, before.deal_id, before.name, before.owner, before.region), numbers)
