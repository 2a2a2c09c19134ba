"""The registry stays usable, whatever is promoted and whenever it is killed; the link leads to a whole bundle."""

import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from copy import deepcopy
from dataclasses import replace
from pathlib import Path

import pytest

from icp_fit.features.mapping import Mapping
from icp_fit.models.bundle import MODEL, load_bundle
from icp_fit.models.store_paths import StorePaths
from icp_fit.training.errors import RegistryError
from icp_fit.training.registry import Promotion, Registry
from icp_fit.training.settings import TrainingSettings
from icp_fit.training.tracking import log_training
from tests.support.crashes import raise_before_each
from tests.support.training_runs import build_deals, build_training

POOR, GOOD = 0.0, 1.0
MAPPING = Mapping(columns={"portal": "Kundenportal?"}, decimal=",")
WRITES = (
    "os.rename",
    "os.symlink",
    "os.replace",
    "mlflow.MlflowClient.set_model_version_tag",
    "mlflow.MlflowClient.set_registered_model_tag",
    "mlflow.MlflowClient.set_registered_model_alias",
    "mlflow.MlflowClient.delete_registered_model_alias",
)


@pytest.fixture(scope="module")
def trained_database(migrated_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four versions: a poor model, a good one, its equal, and a poor one that is not ready."""
    home = StorePaths(tmp_path_factory.mktemp("trained"))
    database = Path(shutil.copy(migrated_database, home.folder))
    deals = build_deals(2_000)
    for weight, verdict in ((POOR, "usable"), (GOOD, "ready"), (GOOD, "usable"), (POOR, "not ready")):
        training = replace(build_training(weight, verdict, deals), mapping=MAPPING)
        log_training(training, TrainingSettings(home, f"sqlite:///{database}"))
    return database


@pytest.fixture
def registry(settings: TrainingSettings, trained_database: Path) -> Registry:
    """A registry of one's own; the files of its runs are shared, and only read."""
    shutil.copy(trained_database, settings.store_paths.folder)
    return Registry(settings)


def served(registry: Registry) -> str:
    """The version of the bundle that the link leads to."""
    return load_bundle(registry.store_paths.champion).manifest.model_version


def champions(registry: Registry) -> list[str]:
    return [version.version for version in registry.models() if "champion" in version.aliases]


def test_models_of_an_empty_registry_are_none(settings: TrainingSettings) -> None:
    assert Registry(settings).models() == []


def test_models_lists_versions_newest_first(registry: Registry) -> None:
    newest, *_, oldest = registry.models()
    assert (newest.version, newest.aliases, newest.verdict) == ("4", ("challenger",), "not ready")
    assert (oldest.version, oldest.aliases, oldest.verdict) == ("1", (), "usable")
    assert (oldest.log_loss, oldest.deals, oldest.profile) == (0.6, 2_000, "demo 0")
    assert newest.created > oldest.created


def test_first_usable_model_becomes_champion_and_is_served(registry: Registry) -> None:
    promotion = registry.promote("2")
    assert promotion.promoted
    assert promotion.reason == "It is the first champion; its verdict is `ready`."
    assert champions(registry) == ["2"]
    bundle = load_bundle(registry.store_paths.champion)
    assert (bundle.manifest.model_version, bundle.model.profile_.version) == ("2", "1")
    assert bundle.metrics["segments"] == [1, 2]
    assert bundle.mapping == MAPPING


def test_model_that_is_not_ready_needs_force(registry: Registry) -> None:
    refused = registry.promote(4)
    assert not refused.promoted
    assert refused.reason.startswith("Its verdict is `not ready`; a champion must be usable or ready.")
    assert not registry.store_paths.champion.exists()
    assert registry.promote(4, force=True).promoted
    assert served(registry) == "4"
    assert registry.models()[0].aliases == ("champion",)
    assert registry.client.get_model_version("icp-fit", "4").tags["promoted"].endswith("UTC. Forced.")


def test_better_challenger_replaces_the_champion_and_an_equal_or_worse_one_does_not(registry: Registry) -> None:
    registry.promote(1)
    assert registry.promote(2).reason.endswith("), better by more than noise.")
    for version in (3, 1):
        refused = registry.promote(version)
        assert not refused.promoted
        assert ", not better by more than noise." in refused.reason
        assert refused.reason.endswith("it need only be not worse. `--force` promotes it anyway.")
    assert registry.promote(2, force=True).reason.startswith("It is the champion already.")
    assert (served(registry), champions(registry)) == ("2", ["2"])


def test_list_compares_on_deals_that_neither_was_trained_on(registry: Registry) -> None:
    registry.promote(2)
    newest, equal, champion, poor = registry.models()
    assert champion.improvement is None
    assert equal.improvement is not None
    assert equal.improvement.value == 0
    assert newest.improvement == poor.improvement
    assert newest.improvement is not None
    assert newest.improvement.high < 0
    assert newest.compared_deals == 1_000


def train_monthly(registry: Registry, settings: TrainingSettings, weights: list[float]) -> list[Promotion]:
    """A first champion and a refresh a month, each on 40 more deals, whose model takes the profile for so much."""
    promotions = []
    for month, weight in enumerate([1.0, *weights]):
        training = build_training(GOOD, "usable", build_deals(1_000 + 40 * month))
        model = deepcopy(training.model)
        model.weights_ |= {"profile": weight}
        deals = training.holdout.deals
        log_odds = model.decision_function(deals[list(model.profile_.factor_ids)])
        holdout = replace(training.holdout, model=model, deals=deals.assign(_log_odds=log_odds))
        promotions.append(registry.promote(log_training(replace(training, holdout=holdout), settings)))
    return promotions


def test_monthly_refreshes_on_a_few_more_deals_are_promoted_and_reset_the_age(
    settings: TrainingSettings, migrated_database: Path
) -> None:
    shutil.copy(migrated_database, settings.store_paths.folder)
    registry = Registry(settings)
    promotions = train_monthly(registry, settings, [1.0, 1.02, 0.99])
    assert [promotion.promoted for promotion in promotions] == [True] * 4, promotions
    assert "It has the champion's profile and 40 newer deals" in promotions[1].reason
    assert "Against version 1, the last that was no refresh" in promotions[3].reason
    trained = registry.models()[0].created
    assert load_bundle(registry.store_paths.champion).manifest.created == trained


def test_refreshes_that_each_lose_a_little_do_not_add_up(settings: TrainingSettings, migrated_database: Path) -> None:
    """Each is within the margin of the one before; together they would lose several margins."""
    shutil.copy(migrated_database, settings.store_paths.folder)
    promotions = train_monthly(Registry(settings), settings, [0.85, 0.72, 0.6, 0.48])
    refused = next(promotion for promotion in promotions if not promotion.promoted)
    assert promotions[1].promoted
    assert "Against version 1, the last that was no refresh" in refused.reason
    assert refused.reason.endswith("`--force` promotes it anyway.")


def test_rollback_returns_step_by_step_to_the_first_champion(registry: Registry) -> None:
    for version in (1, 2, 3, 2):
        registry.promote(version, force=True)
    for earlier in ("3", "2", "1"):
        assert registry.rollback().version == earlier
        assert (served(registry), champions(registry)) == (earlier, [earlier])
    with pytest.raises(RegistryError, match=r"no earlier champion to return to. `icp-fit models`"):
        registry.rollback()


def test_rollback_passes_over_versions_that_were_deleted(registry: Registry) -> None:
    for version in (1, 2, 3):
        registry.promote(version, force=True)
    registry.client.delete_model_version("icp-fit", "2")
    assert registry.rollback().version == "1"


def test_version_that_does_not_exist_is_named(registry: Registry) -> None:
    with pytest.raises(RegistryError, match="There is no version 9 of icp-fit; the newest is 4"):
        registry.promote(9)


def test_version_without_its_files_cannot_be_promoted(registry: Registry) -> None:
    registry.promote(1)
    registry.client.create_model_version("icp-fit", "file:///nowhere", run_id="0" * 32)
    with pytest.raises(
        RegistryError, match=r"(?s)version 5 needs, cannot be read: .* Only versions that `icp-fit train`"
    ):
        registry.promote(5, force=True)
    assert (served(registry), champions(registry)) == ("1", ["1"])


def test_champion_that_was_named_elsewhere_is_followed(registry: Registry) -> None:
    """A colleague promoted on another machine, or moved the alias in MLflow's own pages."""
    registry.promote(1)
    registry.promote(2)
    registry.client.set_registered_model_alias("icp-fit", "champion", "3")
    assert (champions(registry), served(registry)) == (["3"], "3")
    assert registry.rollback().version == "2"


def test_damaged_bundle_of_the_champion_is_exported_again(registry: Registry) -> None:
    registry.promote(1)
    (registry.store_paths.champion / MODEL).write_bytes(b"damaged")
    registry.models()
    assert served(registry) == "1"


def test_new_database_does_not_serve_an_old_bundle_under_its_number(
    registry: Registry, settings: TrainingSettings
) -> None:
    registry.promote(1)
    elsewhere = replace(settings, name="another")
    log_training(build_training(GOOD), elsewhere)
    assert Registry(elsewhere).promote(1).promoted
    assert load_bundle(registry.store_paths.champion).model.profile_.version == "1"


def test_two_names_on_one_server_have_champions_of_their_own(registry: Registry, settings: TrainingSettings) -> None:
    registry.promote(1)
    folder = settings.store_paths.folder / "names" / "emea"
    elsewhere = replace(settings, name="emea", experiment="emea", store_paths=StorePaths(folder))
    log_training(build_training(GOOD), elsewhere)
    log_training(build_training(POOR), elsewhere)
    emea = Registry(elsewhere)
    assert [version.version for version in emea.models()] == ["2", "1"]
    assert emea.promote(1).promoted
    assert emea.promote(2, force=True).promoted
    assert (champions(emea), served(emea)) == (["2"], "2")
    assert (champions(registry), served(registry)) == (["1"], "1")
    emea.rollback()
    assert (champions(emea), served(emea)) == (["1"], "1")
    assert (champions(registry), served(registry)) == (["1"], "1")
    assert load_bundle(emea.store_paths.champion).model.profile_.version == "1"
    assert len(registry.models()) == 4


@pytest.mark.parametrize(
    ("change", "after", "kills"),
    [
        (lambda registry: registry.promote(3, force=True), "3", {"undone": 5, "done": 2}),
        (lambda registry: registry.rollback(), "1", {"undone": 2, "done": 3}),
    ],
    ids=["promote", "rollback"],
)
def test_change_killed_at_any_write_is_done_or_undone_by_the_next_command(
    registry: Registry,
    settings: TrainingSettings,
    change: Callable[[Registry], object],
    after: str,
    kills: dict[str, int],
) -> None:
    earlier = {"1": [], "2": ["1"], "3": ["2", "1"]}
    registry.promote(1)
    registry.promote(2)
    outcomes = []
    for _ in raise_before_each(WRITES, lambda: change(Registry(settings))):
        assert served(registry) == "2"
        (champion,) = champions(registry)
        assert served(registry) == champion
        assert not [*registry.store_paths.folder.glob(".*"), *registry.store_paths.bundles.glob(".*")]
        assert list(roll_back_all(registry)) == earlier[champion]
        registry.promote(2, force=True)
        shutil.rmtree(
            next(registry.store_paths.bundles.glob("3-*"), registry.store_paths.bundles / "none"), ignore_errors=True
        )
        outcomes.append(champion)
    assert outcomes == ["2"] * kills["undone"] + [after] * kills["done"]
    assert served(registry) == after


def roll_back_all(registry: Registry) -> Iterator[str]:
    with suppress(RegistryError):
        while True:
            yield registry.rollback().version


def test_two_promotions_at_once_leave_one_champion(registry: Registry, settings: TrainingSettings) -> None:
    registry.promote(1)
    with ThreadPoolExecutor() as threads:
        list(threads.map(lambda version: Registry(settings).promote(version, force=True), (2, 3)))
    (champion,) = champions(registry)
    assert served(registry) == champion
    assert list(roll_back_all(registry)) == [{"2": "3", "3": "2"}[champion], "1"]
