"""How well a deal fits an ideal customer profile, why, how sure that is, and what to ask next.

This is the door for Python: what is listed here is stable, what lies behind it may move. Each name is imported when it
is first asked for, so that `import icp_fit` costs nothing.

>>> import icp_fit
>>> profile = icp_fit.read_profile("liferay")
>>> deals = icp_fit.read_deals(icp_fit.sample_deals(profile, rows=200, seed=7), profile)
>>> closed = deals.closed
>>> model = icp_fit.FitClassifier(profile, random_state=0).fit(closed.answers, closed.won.to_numpy(bool))
>>> explanation = icp_fit.explain(model, deals.answers.head(2))
>>> explanation.win_probability.round(2) == model.predict_proba(deals.answers.head(2))[:, 1].round(2)
array([ True,  True])
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from icp_fit.features.deals import Deals as Deals
    from icp_fit.features.deals import read_deals as read_deals
    from icp_fit.features.drafting.draft import draft_profile as draft_profile
    from icp_fit.features.errors import IcpFitError as IcpFitError
    from icp_fit.features.factors import Dimension as Dimension
    from icp_fit.features.factors import Factor as Factor
    from icp_fit.features.factors import Profile as Profile
    from icp_fit.features.leakage import find_leaks as find_leaks
    from icp_fit.features.mapping import Mapping as Mapping
    from icp_fit.features.mapping import read_mapping as read_mapping
    from icp_fit.features.profile import check_profile as check_profile
    from icp_fit.features.profile import read_profile as read_profile
    from icp_fit.features.profile import write_profile as write_profile
    from icp_fit.features.simulation.sample import sample_deals as sample_deals
    from icp_fit.models.bundle import Bundle as Bundle
    from icp_fit.models.bundle import load_bundle as load_bundle
    from icp_fit.models.bundle import save_bundle as save_bundle
    from icp_fit.models.compiled import compile_model as compile_model
    from icp_fit.models.explain import Explanation as Explanation
    from icp_fit.models.explain import explain as explain
    from icp_fit.models.fit import FitClassifier as FitClassifier
    from icp_fit.models.narrative.narrator import Narrator as Narrator
    from icp_fit.training.evaluation import evaluate as evaluate
    from icp_fit.training.learned_effect_plots import plot_factors as plot_factors
    from icp_fit.training.learned_effect_plots import plot_importance as plot_importance
    from icp_fit.training.learned_effect_plots import plot_weights as plot_weights
    from icp_fit.training.learned_effects import measure_learned_effects as measure_learned_effects
    from icp_fit.training.plots import plot_learning_curve as plot_learning_curve
    from icp_fit.training.plots import plot_lift as plot_lift
    from icp_fit.training.plots import plot_reliability as plot_reliability
    from icp_fit.training.registry import Registry as Registry
    from icp_fit.training.settings import quieten_mlflow as quieten_mlflow
    from icp_fit.training.statistics import win_rate as win_rate
    from icp_fit.training.train import train as train
    from icp_fit.training.verdict import judge as judge

    __version__: str

# Where each name lives; the imports above say the same to type checkers and editors.
_MODULES = {
    "Bundle": "models.bundle",
    "Deals": "features.deals",
    "Dimension": "features.factors",
    "Explanation": "models.explain",
    "Factor": "features.factors",
    "FitClassifier": "models.fit",
    "IcpFitError": "features.errors",
    "Mapping": "features.mapping",
    "Narrator": "models.narrative.narrator",
    "Profile": "features.factors",
    "Registry": "training.registry",
    "check_profile": "features.profile",
    "compile_model": "models.compiled",
    "draft_profile": "features.drafting.draft",
    "evaluate": "training.evaluation",
    "explain": "models.explain",
    "find_leaks": "features.leakage",
    "judge": "training.verdict",
    "load_bundle": "models.bundle",
    "measure_learned_effects": "training.learned_effects",
    "plot_factors": "training.learned_effect_plots",
    "plot_importance": "training.learned_effect_plots",
    "plot_learning_curve": "training.plots",
    "plot_lift": "training.plots",
    "plot_reliability": "training.plots",
    "plot_weights": "training.learned_effect_plots",
    "quieten_mlflow": "training.settings",
    "read_deals": "features.deals",
    "read_mapping": "features.mapping",
    "read_profile": "features.profile",
    "sample_deals": "features.simulation.sample",
    "save_bundle": "models.bundle",
    "train": "training.train",
    "win_rate": "training.statistics",
    "write_profile": "features.profile",
}

__all__ = [*_MODULES, "__version__"]  # noqa: PLE0604  # all of them text

if not TYPE_CHECKING:  # a type checker would take any name to be here

    def __getattr__(name: str) -> Any:
        """Import what is asked for; raises MissingExtraError where that needs an extra which is not installed."""
        if name == "__version__":
            from importlib.metadata import version

            value: Any = version("icp-fit")
        elif name in _MODULES:
            from importlib import import_module

            from icp_fit.extras import naming_extras

            with naming_extras():
                value = getattr(import_module(f"icp_fit.{_MODULES[name]}"), name)
        else:
            raise AttributeError(f"module `icp_fit` has no attribute `{name}`; it has {', '.join(__all__)}")
        globals()[name] = value
        return value

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
