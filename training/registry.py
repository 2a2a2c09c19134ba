"""The registry of trained models: which is champion, which challenges it, and the champion's bundle that is served.

MLflow's alias `champion` decides; the bundle and the link to it, on this machine, follow. A promotion writes the
bundle, the list of champions, the alias and the link, in this order; a rollback the alias, the list and the link.
Between any two of these the link leads to a whole bundle, of the old champion or the new one, and the next command of
any kind leads it to the one that the alias names. One change happens at a time on a machine; one that was made
elsewhere is followed likewise.
"""

import fcntl
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from mlflow.artifacts import download_artifacts
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException

from icp_fit.features.mapping import read_mapping
from icp_fit.models.bundle import MAPPING, MODEL, check_bundle, read_model, save_bundle
from icp_fit.models.errors import BundleError
from icp_fit.training.errors import RegistryError
from icp_fit.training.holdout import Holdout, read_holdout
from icp_fit.training.promotion import Comparison, compare_holdouts
from icp_fit.training.settings import TrainingSettings, read_settings
from icp_fit.training.statistics import Interval
from icp_fit.training.tracking import CHALLENGER, CHAMPION, HOLDOUT, METRICS, open_client

_CHAMPIONS = "champions"  # the tag that lists those that were champion, oldest first
_GATE, _REFRESH = "gate", "refresh"  # the tag that says how a version became champion
_COMPARED = 10  # newest versions that a list compares with the champion
_REMEMBERED = 100


@dataclass(frozen=True)
class Version:
    """A registered model; what its training did not record is None.

    `log_loss` is that on its own holdout, and no two of these can be held against each other. `improvement` is by how
    much it is better than the champion, in log loss on the `compared_deals` that neither was trained on; both are None
    for the champion, and where such deals are too few.
    """

    version: str
    aliases: tuple[str, ...]
    created: datetime
    verdict: str | None
    log_loss: float | None
    deals: int | None
    profile: str | None
    improvement: Interval | None = None
    compared_deals: int | None = None


@dataclass(frozen=True)
class Promotion:
    """Whether a version was promoted, and why, in sentences."""

    version: str
    promoted: bool
    reason: str


class Registry:
    """The versions of one registered model, and the champion's bundle on this machine."""

    def __init__(self, settings: TrainingSettings | None = None) -> None:
        settings = settings or read_settings()
        self.store_paths = settings.store_paths
        self.name = settings.name
        self.client = open_client(settings)

    def models(self) -> list[Version]:
        """Every version, newest first."""
        with self._one_change():
            self._install_champion()
            aliases, versions = self._aliases(), self._versions()
            comparisons = self._compare_with_champion(versions[:_COMPARED])
            return [_describe(version, aliases, comparisons.get(str(version.version))) for version in versions]

    def promote(self, version: str | int, *, force: bool = False) -> Promotion:
        """Make a version champion if it passes its gate against the present one, or in any case with `force`.

        A refresh, the champion's profile trained on newer deals too, passes if it is not worse by more than a margin;
        any other version if it is better by more than noise. Raises RegistryError for a version that does not exist or
        that `icp-fit train` did not register.
        """
        with self._one_change():
            challenger, champion = self._version(version), self._champion()
            if champion is not None and champion.version == challenger.version:
                gate, reason = None, "It is the champion already. `icp-fit train` registers a newer one."
            elif force:
                gate, reason = "forced", "Forced."
            else:
                gate, reason = self._judge(challenger, champion)
                reason += "" if gate else " `--force` promotes it anyway."
            if gate:
                self._export(challenger)
                self._list_champions([*self._champions(), str(challenger.version)])
                self.client.set_model_version_tag(self.name, str(challenger.version), _GATE, gate)
                self._make_champion(challenger, reason)
            self._install_champion()
            return Promotion(str(challenger.version), gate is not None, reason)

    def rollback(self) -> Version:
        """Return to the champion before this one; it can be repeated until none is left, which is a RegistryError."""
        with self._one_change():
            champions = self._champions()
            earlier = [version for version in champions if version != champions[-1]]
            if not earlier:
                raise RegistryError("There is no earlier champion to return to. `icp-fit models` lists the versions.")
            champion = self._version(earlier[-1])
            self._export(champion)
            self._make_champion(champion, f"Rolled back from version {champions[-1]}.")
            self._list_champions(_up_to(earlier[-1], champions))
            self._install_champion()
            return _describe(champion, self._aliases())

    def _judge(self, challenger: ModelVersion, champion: ModelVersion | None) -> tuple[str | None, str]:
        """The gate that it passes, None where it passes none, and why, in sentences."""
        verdict = challenger.tags.get("verdict")
        if verdict not in ("usable", "ready"):
            return None, (
                f"Its verdict is `{verdict}`; a champion must be usable or ready. The reasons, and what would help, "
                "are in its report."
            )
        if champion is None:
            return "first", f"It is the first champion; its verdict is `{verdict}`."
        rivals, holdout = self._rivals(champion), self._holdout(challenger)
        reasons, is_better = [], True
        for rival in rivals:
            compared = compare_holdouts(holdout, self._holdout(rival))
            if isinstance(compared, str):
                return None, f"It cannot be compared with version {rival.version}. {compared}"
            since = "" if rival is champion else f"Against version {rival.version}, the last that was no refresh: "
            reasons.append(f"{since}{compared}")
            is_better &= compared.is_better
            if not compared.passes:
                return None, reasons[-1]
            if not compared.newer:
                break  # a change is better than the champion, and the refreshes after it are held to it
        return "better" if is_better else _REFRESH, " ".join(reasons)

    def _rivals(self, champion: ModelVersion) -> list[ModelVersion]:
        """The champion, and the last one that was no refresh, so that a year of refreshes is held to one margin."""
        champions = [self._version(version) for version in reversed(self._champions())]
        anchor = next((version for version in champions if version.tags.get(_GATE) != _REFRESH), champions[-1])
        return [champion] if anchor.version == champion.version else [champion, anchor]

    def _compare_with_champion(self, versions: list[ModelVersion]) -> dict[str, Comparison]:
        """How the versions compare with the champion on deals that neither was trained on, where such are enough."""
        champion = self._champion()
        if champion is None or len(versions) < 2:
            return {}
        theirs, comparisons = self._holdout(champion), {}
        for version in versions:
            if version.version == champion.version:
                continue
            try:
                ours = self._holdout(version)
            except (RegistryError, BundleError):
                continue  # what is not there any more, or of another format, is listed all the same
            is_older = int(version.version) < int(champion.version)
            compared = compare_holdouts(theirs, ours) if is_older else compare_holdouts(ours, theirs)
            if isinstance(compared, Comparison):
                comparisons[str(version.version)] = compared.reversed if is_older else compared
        return comparisons

    def _make_champion(self, version: ModelVersion, reason: str) -> None:
        promotion = f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC. {reason}"
        self.client.set_model_version_tag(self.name, str(version.version), "promoted", promotion)
        self.client.set_registered_model_alias(self.name, CHAMPION, str(version.version))

    def _install_champion(self) -> None:
        """Lead the link to the bundle of the version that the alias names."""
        champion = self._champion()
        if champion is None:
            return
        self._export(champion)
        if self.store_paths.champion_name != _bundle_name(champion):
            self.store_paths.point_champion(_bundle_name(champion))
        if self._aliases().get(CHALLENGER) == str(champion.version):
            self.client.delete_registered_model_alias(self.name, CHALLENGER)

    def _export(self, version: ModelVersion) -> None:
        """See to it that the version's bundle is on this machine, whole."""
        folder = self.store_paths.bundles / _bundle_name(version)
        try:
            check_bundle(folder)
        except BundleError:
            with TemporaryDirectory() as temporary:
                downloaded = self._fetch(version, str(version.source), temporary)
                model = read_model((downloaded / MODEL).read_bytes(), where=f"version {version.version}")
                metrics = json.loads(self._fetch(version, f"runs:/{version.run_id}/{METRICS}", temporary).read_text())
                mapping = read_mapping(self._fetch(version, f"runs:/{version.run_id}/{MAPPING}", temporary))
            shutil.rmtree(folder, ignore_errors=True)
            save_bundle(
                model,
                folder,
                metrics,
                mapping=mapping,
                model_version=str(version.version),
                created=_trained_on(version),
            )

    def _holdout(self, version: ModelVersion) -> Holdout:
        with TemporaryDirectory() as temporary:
            return read_holdout(self._fetch(version, f"runs:/{version.run_id}/{HOLDOUT}", temporary))

    def _fetch(self, version: ModelVersion, uri: str, folder: str) -> Path:
        try:
            return Path(download_artifacts(artifact_uri=uri, dst_path=folder))
        except (MlflowException, OSError) as error:
            raise RegistryError(
                f"{uri}, which version {version.version} needs, cannot be read: {error}. "
                "Only versions that `icp-fit train` registered, with all their files, can be compared or promoted. "
                "Train again."
            ) from error

    def _champion(self) -> ModelVersion | None:
        champion = self._aliases().get(CHAMPION)
        return None if champion is None else self._version(champion)

    def _champions(self) -> list[str]:
        """The versions that were champion and still exist, oldest first; the last is champion now.

        The alias decides: what the list has beyond it was never finished, and what the list lacks was done elsewhere.
        """
        champion = self._aliases().get(CHAMPION)
        if champion is None:
            return []
        existing = {str(version.version) for version in self._versions()}
        listed = self.client.get_registered_model(self.name).tags.get(_CHAMPIONS, "").split(",")
        return _up_to(champion, [version for version in listed if version in existing])

    def _list_champions(self, champions: list[str]) -> None:
        self.client.set_registered_model_tag(self.name, _CHAMPIONS, ",".join(champions[-_REMEMBERED:]))

    def _aliases(self) -> dict[str, str]:
        registered = self.client.search_registered_models(f"name='{self.name}'")
        return {alias: str(version) for model in registered for alias, version in model.aliases.items()}

    def _versions(self) -> list[ModelVersion]:
        return list(self.client.search_model_versions(f"name='{self.name}'", order_by=["version_number DESC"]))

    def _version(self, version: str | int) -> ModelVersion:
        """A version by its number, or by an alias such as `challenger`."""
        versions, number = self._versions(), self._aliases().get(str(version), str(version))
        for found in versions:
            if str(found.version) == number:
                return found
        newest = f"the newest is {versions[0].version}" if versions else "train one with `icp-fit train DEALS`"
        raise RegistryError(f"There is no version {version} of {self.name}; {newest}. `icp-fit models` lists all.")

    @contextmanager
    def _one_change(self) -> Iterator[None]:
        """Wait for another command on this machine to finish, and clear what a killed one left half written."""
        with (self.store_paths.folder / "registry.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self.store_paths.sweep()
            yield


def _describe(version: ModelVersion, aliases: dict[str, str], comparison: Comparison | None = None) -> Version:
    tags, number = version.tags, str(version.version)
    return Version(
        version=number,
        aliases=tuple(sorted(alias for alias, named in aliases.items() if named == number)),
        created=_trained_on(version),
        verdict=tags.get("verdict"),
        log_loss=float(tags["log_loss"]) if "log_loss" in tags else None,
        deals=int(tags["deals"]) if "deals" in tags else None,
        profile=tags.get("profile"),
        improvement=comparison.improvement if comparison else None,
        compared_deals=comparison.deals if comparison else None,
    )


def _trained_on(version: ModelVersion) -> datetime:
    return datetime.fromtimestamp(version.creation_timestamp / 1000, UTC)


def _bundle_name(version: ModelVersion) -> str:
    """Numbers start again in a new database; the run tells versions of one number apart."""
    return f"{version.version}-{str(version.run_id)[:8]}"


def _up_to(champion: str, champions: list[str]) -> list[str]:
    """The list cut after the last time that it names the champion, which is added where it does not."""
    if champion not in champions:
        return [*champions, champion]
    return champions[: len(champions) - champions[::-1].index(champion)]
