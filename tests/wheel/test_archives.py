"""What is in the wheel and in the source archive, and what is not."""

import tarfile
from email import message_from_bytes
from pathlib import Path
from zipfile import ZipFile

import pytest

from icp_fit import __version__
from tests.support.checkout import CHECKOUT
from tests.wheel.environments import OURS, run_uv

INFO = f"icp_fit-{__version__}.dist-info"


@pytest.fixture(scope="module")
def files(wheel: Path) -> list[str]:
    with ZipFile(wheel) as archive:
        return archive.namelist()


def test_wheel_holds_one_package_and_nothing_else(files: list[str]) -> None:
    assert {name.split("/")[0] for name in files} == {"icp_fit", INFO}
    assert len(files) == len(set(files))


@pytest.mark.parametrize("folder", OURS)
def test_wheel_holds_every_file_of_a_folder_that_git_knows(files: list[str], folder: str) -> None:
    store = CHECKOUT / "models" / "store"
    known = [path for path in (CHECKOUT / folder).rglob("*") if path.is_file() and store not in path.parents]
    known = [path for path in known if "__pycache__" not in path.parts]
    assert {f"icp_fit/{path.relative_to(CHECKOUT)}" for path in known} == {
        name for name in files if name.startswith(f"icp_fit/{folder}/")
    }


def test_wheel_holds_neither_models_of_this_machine_nor_compiled_files(files: list[str]) -> None:
    assert not [name for name in files if "models/store/" in name or "__pycache__" in name]


def test_wheel_says_that_it_has_types_and_which_extras_there_are(wheel: Path, files: list[str]) -> None:
    assert "icp_fit/py.typed" in files
    with ZipFile(wheel) as archive:
        metadata = message_from_bytes(archive.read(f"{INFO}/METADATA"))
    assert metadata.get_all("Provides-Extra") == ["all", "serving", "training"]
    assert "Private :: Do Not Upload" in metadata.get_all("Classifier", [])


def test_source_archive_holds_each_file_once_and_builds_the_same_wheel(
    archives: tuple[Path, Path], tmp_path: Path
) -> None:
    wheel, archive = archives  # this wheel was built out of that archive
    with tarfile.open(archive) as opened:
        names = [name.partition("/")[2] for name in opened.getnames()]
        assert not [member.name for member in opened if member.issym()]
    assert len(names) == len(set(names))
    assert not {name.split("/")[0] for name in names} & set(OURS)
    run_uv("build", "--quiet", "--wheel", "--out-dir", tmp_path)
    assert (tmp_path / wheel.name).read_bytes() == wheel.read_bytes()
