"""Services to compare with: one that does nothing, and the obvious one that many would write.

`bentoml serve tests.benchmarks.services:Nothing` or `:Obvious`, with `ICP_FIT_PEER` naming a file of `save_peer`.
"""

import os
from pathlib import Path
from typing import Any

import bentoml
import joblib
import pandas as pd
from pydantic import BaseModel
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder

from icp_fit.features.factors import Profile
from icp_fit.serving.scoring.champion import calm_garbage_collector

QUIET: dict[str, Any] = {"metrics": {"enabled": False}, "logging": {"access": {"enabled": False}}}


class Said(BaseModel):
    ok: bool = True


@bentoml.service(name="nothing", workers=1, tracing={"excluded_urls": ".*"}, **QUIET)
class Nothing:
    """An endpoint that does nothing, with all that slows it down turned off."""

    @bentoml.on_startup  # type: ignore[untyped-decorator]
    def calm(self) -> None:
        calm_garbage_collector()

    @bentoml.api
    def nothing(self) -> Said:
        return Said()


@bentoml.service(name="obvious", workers=1, logging={"access": {"enabled": True}})
class Obvious:
    """A row of pandas, `predict_proba`, and shap's explainer on every request; BentoML as it is shipped."""

    def __init__(self) -> None:
        import shap

        self.pipeline, self.columns = joblib.load(os.environ["ICP_FIT_PEER"])
        self.explainer = shap.TreeExplainer(self.pipeline[-1])

    @bentoml.api
    def explain(self, deal_id: str, answers: dict[str, Any]) -> dict[str, Any]:
        row = pd.DataFrame([answers], columns=self.columns)
        values = self.explainer.shap_values(self.pipeline[:-1].transform(row))
        return {
            "deal_id": deal_id,
            "win_probability": float(self.pipeline.predict_proba(row)[0, 1]),
            "values": dict(zip(self.pipeline[:-1].get_feature_names_out(), values[0].tolist(), strict=True)),
        }


def fit_peer(profile: Profile, deals: pd.DataFrame) -> Pipeline:
    """Boosted trees on one-hot answers, about as many as the champion has."""
    closed = deals[deals["outcome"].notna()]
    words = [factor.id for factor in profile.factors if factor.choices]
    answers = plain_answers(profile, closed)
    encode = make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore", sparse_output=False), words), remainder="passthrough"
    )
    boosting = HistGradientBoostingClassifier(max_iter=200, max_leaf_nodes=16, early_stopping=False)
    return make_pipeline(encode, boosting).fit(answers, closed["outcome"] == "won")


def save_peer(pipeline: Pipeline, profile: Profile, path: Path) -> None:
    joblib.dump((pipeline, list(profile.factor_ids)), path)


def plain_answers(profile: Profile, deals: pd.DataFrame) -> pd.DataFrame:
    """Answers as JSON brings them: text, or numbers."""
    answers = deals[list(profile.factor_ids)].copy()
    for factor in profile.factors:
        kind = object if factor.choices else "float64"
        answers[factor.id] = answers[factor.id].astype(kind)
        if factor.choices:
            answers[factor.id] = answers[factor.id].where(answers[factor.id].notna(), "unanswered")
    return answers
