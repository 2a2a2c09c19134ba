"""What a run stores so that a later one can be compared with it: its holdout, and a model that was not trained on it.

Deals are identified by a hash, so that a later run can tell which of its deals this model was trained on. No name,
account or id of a deal is stored.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from icp_fit.features.deals import Deals
from icp_fit.models.bundle import read_model, write_model
from icp_fit.models.fit import FitClassifier
from icp_fit.training.statistics import Floats

DealKeys = npt.NDArray[np.uint64]

_MODEL, _DEALS, _TRAINING = "evaluated.skops", "holdout.parquet", "trained_on.parquet"


@dataclass(frozen=True)
class Holdout:
    """Held-out deals with their log-odds by models that were not trained on them, and one of these models.

    `deals` has the typed answers and, under names that no factor may have, `_deal` (its key), `_account` (hashed; the
    key where unknown), `_won` and `_log_odds`. `model` was trained on the deals whose keys are `training_keys`. Keys of
    two runs mean the same only if `identity`, the columns that they are made from, is the same.
    """

    deals: pd.DataFrame
    model: FitClassifier
    training_keys: DealKeys
    identity: tuple[str, ...]

    @property
    def keys(self) -> DealKeys:
        """Of every deal that the run had: those trained on, and those held out."""
        return np.union1d(self.training_keys, self.deals["_deal"].to_numpy(dtype=np.uint64))

    def log_odds(self, deals: pd.DataFrame) -> Floats:
        """Log-odds for deals of another run, shape (deals,); NaN where every model was trained on the deal."""
        log_odds = deals["_deal"].map(self.deals.set_index("_deal")["_log_odds"]).to_numpy(dtype=float, copy=True)
        is_new = ~deals["_deal"].isin(self.training_keys).to_numpy()
        if is_new.any():
            log_odds[is_new] = self.model.decision_function(deals[is_new])
        return log_odds


def build_holdout(
    deals: Deals, rows: npt.ArrayLike, log_odds: npt.ArrayLike, model: FitClassifier, training_rows: npt.ArrayLike
) -> Holdout:
    """The closed deals in these rows, with their log-odds; `model` was trained on those in `training_rows`."""
    training_rows = np.asarray(training_rows, dtype=np.intp)
    has_ids = "deal_id" in deals.table and deals.table["deal_id"].notna().all()
    identity = ("deal_id",) if has_ids else tuple(deals.table.columns)
    keys = _deal_keys(deals.table[list(identity)], training_rows)
    hidden = {"_deal": keys, "_account": _account_keys(deals.table, keys), "_won": deals.won.to_numpy(dtype=bool)}
    table = deals.answers.assign(**hidden).iloc[np.asarray(rows)].reset_index(drop=True)
    return Holdout(table.assign(_log_odds=np.asarray(log_odds)), model, keys[training_rows], identity)


def write_holdout(holdout: Holdout, folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / _MODEL).write_bytes(write_model(holdout.model))
    holdout.deals.to_parquet(folder / _DEALS)
    training = pd.DataFrame({"_deal": holdout.training_keys})
    training.attrs["identity"] = list(holdout.identity)
    training.to_parquet(folder / _TRAINING)


def read_holdout(folder: Path) -> Holdout:
    """Raises FileNotFoundError where a file is missing, BundleError where the model cannot be trusted."""
    model = read_model((folder / _MODEL).read_bytes(), where=str(folder / _MODEL))
    training = pd.read_parquet(folder / _TRAINING)
    deals = pd.read_parquet(folder / _DEALS)
    return Holdout(deals, model, training["_deal"].to_numpy(), tuple(training.attrs["identity"]))


def table_digest(table: pd.DataFrame) -> str:
    """Sixteen hexadecimal digits that change with any cell, with a column's name, and with the order of the rows."""
    content = hashlib.sha256(repr(list(table.columns)).encode())
    content.update(_hash_rows(table).tobytes())
    return content.hexdigest()[:16]


def _deal_keys(columns: pd.DataFrame, training_rows: npt.NDArray[np.intp]) -> DealKeys:
    """One key a deal. Deals that are alike in every column are numbered, those trained on first.

    So a later run that has more copies of a deal than an earlier model was trained on counts the others as new.
    """
    alike = pd.Series(_hash_rows(columns))
    training_first = np.argsort(~np.isin(np.arange(len(alike)), training_rows), kind="stable")
    number = alike.iloc[training_first].groupby(alike).cumcount()
    return _hash_rows(pd.DataFrame({"alike": alike, "number": number}))


def _account_keys(table: pd.DataFrame, keys: DealKeys) -> DealKeys:
    if "account_id" not in table:
        return keys
    return np.where(table["account_id"].isna(), keys, _hash_rows(table[["account_id"]]))


def _hash_rows(table: pd.DataFrame) -> DealKeys:
    """A hash a row that does not depend on how ids were typed or how finely times were stored."""
    ids = {name: "str" for name in ("deal_id", "account_id") if name in table}
    times = dict.fromkeys(table.select_dtypes("datetime"), "datetime64[s]")
    hashes = pd.util.hash_pandas_object(table.astype({**ids, **times}), index=False)
    return np.asarray(hashes, dtype=np.uint64)
