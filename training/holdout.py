"""What a run keeps so that a later one can be compared with it: its holdout, and a model that never saw the newest.

Deals are known by a hash, so that a later run can tell which of its deals this model was fitted on. No name, account or
id of a deal is kept.
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

Floats = npt.NDArray[np.float64]
Keys = npt.NDArray[np.uint64]

_MODEL, _DEALS, _FITTED = "evaluated.skops", "holdout.parquet", "fitted.parquet"


@dataclass(frozen=True)
class Holdout:
    """Deals with the log-odds that models gave them which never saw them, and one of these models for other deals.

    `deals` has the typed answers and, under names that no factor may have, `_deal` (its key), `_account` (hashed; the
    key where unknown), `_won` and `_log_odds`. `model` was fitted on the deals whose keys are `fitted`. Keys of two
    runs mean the same only if `identity`, the columns that they are made from, is the same.
    """

    deals: pd.DataFrame
    model: FitClassifier
    fitted: Keys
    identity: tuple[str, ...]

    def log_odds(self, deals: pd.DataFrame) -> Floats:
        """Log-odds for deals of another run, shape (deals,); NaN where every model of this run has seen the deal."""
        log_odds = deals["_deal"].map(self.deals.set_index("_deal")["_log_odds"]).to_numpy(dtype=float, copy=True)
        unseen = ~deals["_deal"].isin(self.fitted).to_numpy()
        if unseen.any():
            log_odds[unseen] = self.model.decision_function(deals[unseen])
        return log_odds


def build_holdout(
    deals: Deals, positions: npt.ArrayLike, log_odds: npt.ArrayLike, model: FitClassifier, fitted: npt.ArrayLike
) -> Holdout:
    """Keep the closed deals at these row positions, with their log-odds; `model` was fitted on the rows at `fitted`."""
    fitted = np.asarray(fitted, dtype=np.intp)
    has_ids = "deal_id" in deals.table and deals.table["deal_id"].notna().all()
    identity = ("deal_id",) if has_ids else tuple(deals.table.columns)
    keys = _deal_keys(deals.table[list(identity)], fitted)
    kept = {"_deal": keys, "_account": _account_keys(deals.table, keys), "_won": deals.won.to_numpy(dtype=bool)}
    table = deals.answers.assign(**kept).iloc[np.asarray(positions)].reset_index(drop=True)
    return Holdout(table.assign(_log_odds=np.asarray(log_odds)), model, keys[fitted], identity)


def write_holdout(holdout: Holdout, folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / _MODEL).write_bytes(write_model(holdout.model))
    holdout.deals.to_parquet(folder / _DEALS)
    fitted = pd.DataFrame({"_deal": holdout.fitted})
    fitted.attrs["identity"] = list(holdout.identity)
    fitted.to_parquet(folder / _FITTED)


def read_holdout(folder: Path) -> Holdout:
    """Raises FileNotFoundError where a file is missing, BundleError where the model cannot be trusted."""
    model = read_model((folder / _MODEL).read_bytes(), where=str(folder / _MODEL))
    fitted = pd.read_parquet(folder / _FITTED)
    deals = pd.read_parquet(folder / _DEALS)
    return Holdout(deals, model, fitted["_deal"].to_numpy(), tuple(fitted.attrs["identity"]))


def table_digest(table: pd.DataFrame) -> str:
    """Sixteen hexadecimal digits that change with any cell, with a column's name, and with the order of the rows."""
    content = hashlib.sha256(repr(list(table.columns)).encode())
    content.update(_hash_rows(table).tobytes())
    return content.hexdigest()[:16]


def _deal_keys(columns: pd.DataFrame, fitted: npt.NDArray[np.intp]) -> Keys:
    """One key a deal. Deals that are alike in every column are numbered, the fitted ones first.

    So a later run that has more copies of a deal than an earlier model was fitted on counts the others as unseen.
    """
    alike = pd.Series(_hash_rows(columns))
    fitted_first = np.argsort(~np.isin(np.arange(len(alike)), fitted), kind="stable")
    number = alike.iloc[fitted_first].groupby(alike).cumcount()
    return _hash_rows(pd.DataFrame({"alike": alike, "number": number}))


def _account_keys(table: pd.DataFrame, keys: Keys) -> Keys:
    if "account_id" not in table:
        return keys
    return np.where(table["account_id"].isna(), keys, _hash_rows(table[["account_id"]]))


def _hash_rows(table: pd.DataFrame) -> Keys:
    """A hash a row that does not depend on how ids were typed or how finely times were stored."""
    ids = {name: "str" for name in ("deal_id", "account_id") if name in table}
    times = dict.fromkeys(table.select_dtypes("datetime"), "datetime64[s]")
    hashes = pd.util.hash_pandas_object(table.astype({**ids, **times}), index=False)
    return np.asarray(hashes, dtype=np.uint64)
