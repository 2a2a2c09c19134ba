"""Scores of whole tables: the same from every source, whole or not at all, and never for a cell that is wrong."""

import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from icp_fit.cli import app
from icp_fit.features.errors import DealsError
from icp_fit.features.mapping import Mapping
from icp_fit.features.profile import write_profile
from icp_fit.models.bundle import save_bundle
from icp_fit.models.compiled import CompiledModel, compile_model
from icp_fit.models.store_paths import StorePaths
from icp_fit.serving.batch.scoring import score_table
from icp_fit.serving.errors import OutputError
from tests.support.checkout import CHECKOUT
from tests.support.small_profile import PROFILE, draw_answers, fit_small_model

COLUMNS = ["deal_id", "score", "win_probability", "low", "high", "grade", "completeness", "model_version"]


@pytest.fixture(scope="module")
def compiled() -> CompiledModel:
    return compile_model(fit_small_model())


def draw_deals(count: int = 200) -> pd.DataFrame:
    """Deals in the words of people: yes and no, blanks, and a column that nobody asked for."""
    answers = draw_answers(count, seed=5)
    answers["portal"] = answers["portal"].map({True: "yes", False: "no"}).astype("str")
    return answers.assign(deal_id=[f"D-{row}" for row in range(1, count + 1)], remark="x")


def score(compiled: CompiledModel, source: Path | pd.DataFrame | str, output: Path, **options: object) -> pd.DataFrame:
    score_table(source, output, compiled, "7", **options)  # type: ignore[arg-type]
    return read(output)


def read(output: Path) -> pd.DataFrame:
    return (
        pd.read_parquet(output) if output.suffix == ".parquet" else pd.read_csv(output, dtype={"model_version": "str"})
    )


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_scores_are_those_of_the_model(compiled: CompiledModel, tmp_path: Path, suffix: str) -> None:
    deals = draw_deals()
    found = score(compiled, deals, tmp_path / f"out.{suffix}")
    assert list(found) == COLUMNS
    p = compiled.model.predict_proba(deals)[:, 1]
    assert np.allclose(found["win_probability"], p, rtol=0, atol=1e-9)
    assert np.allclose(found[["low", "high"]], compiled.model.predict_interval(deals), rtol=0, atol=1e-9)
    assert found["score"].tolist() == np.rint(100 * p).astype(int).tolist()
    assert found["grade"].tolist() == [PROFILE.grades.grade(score) for score in found["score"]]
    assert np.allclose(found["completeness"], deals[list(PROFILE.factor_ids)].notna().mean(axis=1))
    assert found["deal_id"].tolist() == deals["deal_id"].tolist()
    assert set(found["model_version"]) == {"7"}


def test_factors_and_baseline_add_up_to_the_served_log_odds(compiled: CompiledModel, tmp_path: Path) -> None:
    deals = draw_deals()
    found = score(compiled, deals, tmp_path / "out.parquet", explain=True)
    assert list(found) == [*COLUMNS, *PROFILE.factor_ids]
    log_odds = compiled.base_log_odds + found[list(PROFILE.factor_ids)].sum(axis=1)
    assert np.allclose(log_odds, compiled.model.decision_function(deals), rtol=0, atol=1e-9)


def test_csv_parquet_excel_and_database_of_the_same_deals_give_the_same_scores(
    compiled: CompiledModel, tmp_path: Path
) -> None:
    deals = draw_deals(60)
    deals.to_csv(tmp_path / "deals.csv", index=False)
    deals.to_parquet(tmp_path / "deals.parquet")
    deals.to_excel(tmp_path / "deals.xlsx", index=False)
    with closing(sqlite3.connect(tmp_path / "deals.db")) as connection:
        deals.astype({"security": "str", "industry": "str"}).to_sql("deals", connection, index=False)
    expected = score(compiled, deals, tmp_path / "out.parquet", explain=True)
    for name in ("deals.csv", "deals.parquet", "deals.xlsx"):
        found = score(compiled, tmp_path / name, tmp_path / "out.parquet", explain=True)
        pd.testing.assert_frame_equal(found, expected, obj=name)
    url = f"sqlite:///{tmp_path / 'deals.db'}"
    found = score(compiled, url, tmp_path / "out.parquet", explain=True, query="SELECT * FROM deals")
    pd.testing.assert_frame_equal(found, expected)


@pytest.mark.parametrize("name", ["deals.csv", "deals.parquet"])
def test_where_chunks_end_makes_no_difference(
    compiled: CompiledModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    deals = draw_deals(50)
    deals.to_csv(tmp_path / name, index=False) if name.endswith("csv") else deals.to_parquet(tmp_path / name)
    whole = score(compiled, tmp_path / name, tmp_path / "out.csv")
    monkeypatch.setattr("icp_fit.features.sources.source.CHUNK", 7)
    monkeypatch.setattr("icp_fit.serving.batch.output.ROW_GROUP", 20)
    pd.testing.assert_frame_equal(score(compiled, tmp_path / name, tmp_path / "out.csv"), whole)
    pd.testing.assert_frame_equal(score(compiled, tmp_path / name, tmp_path / "out.parquet"), whole, check_dtype=False)


def test_a_decimal_comma_that_only_the_last_chunk_proves_counts_for_all(
    compiled: CompiledModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("icp_fit.features.sources.source.CHUNK", 2)
    (tmp_path / "deals.csv").write_text("amount;systems\n1,250;3\n7;4\n8;5\n12,5;6\n")
    scored = score_table(tmp_path / "deals.csv", tmp_path / "out.csv", compiled, "7", explain=True, allow_missing=True)
    assert any("`amount` is read with a decimal comma" in note for note in scored.notes)
    numbers = pd.DataFrame({"amount": [1.25, 7, 8, 12.5], "systems": [3.0, 4, 5, 6]})
    expected = score(compiled, numbers, tmp_path / "expected.csv", explain=True, allow_missing=True)
    expected = expected.assign(deal_id=[2, 3, 4, 5])
    pd.testing.assert_frame_equal(read(tmp_path / "out.csv"), expected)


def test_words_mean_what_the_mapping_says(compiled: CompiledModel, tmp_path: Path) -> None:
    deals = draw_deals(30)
    mapping = Mapping(columns={"deal_id": "Id", "portal": "Has Portal"}, values={"portal": {"ja": "yes", "nein": "no"}})
    theirs = deals.rename(columns={"deal_id": "Id", "portal": "Has Portal"})
    theirs["Has Portal"] = theirs["Has Portal"].map({"yes": "ja", "no": "nein"})
    theirs.to_csv(tmp_path / "theirs.csv", index=False)
    found = score(compiled, tmp_path / "theirs.csv", tmp_path / "out.csv", mapping=mapping)
    pd.testing.assert_frame_equal(found, score(compiled, deals, tmp_path / "expected.csv"))


def test_deals_without_ids_are_named_by_their_row_and_it_is_said(compiled: CompiledModel, tmp_path: Path) -> None:
    nameless = draw_deals(3).drop(columns="deal_id")
    with pytest.raises(DealsError, match="the id of each deal"):
        score_table(nameless, tmp_path / "out.parquet", compiled, "7")
    assert not (tmp_path / "out.parquet").exists()
    scored = score_table(nameless, tmp_path / "out.parquet", compiled, "7", allow_missing=True)
    assert read(tmp_path / "out.parquet")["deal_id"].tolist() == ["1", "2", "3"]
    assert "There is no column `deal_id`: deals are named by row number." in scored.notes


def test_rows_with_neither_id_nor_answers_are_skipped_and_counted(compiled: CompiledModel, tmp_path: Path) -> None:
    (tmp_path / "deals.csv").write_text("deal_id,systems\nD-1,3\n,\nD-2,\n")
    scored = score_table(tmp_path / "deals.csv", tmp_path / "out.csv", compiled, "7", allow_missing=True)
    assert (scored.deals, scored.blank) == (2, 1)
    assert read(tmp_path / "out.csv")["deal_id"].tolist() == ["D-1", "D-2"]


def test_table_without_most_of_the_questions_is_refused_before_anything_is_written(
    compiled: CompiledModel, tmp_path: Path
) -> None:
    theirs = draw_deals(5).rename(columns={"portal": "Portal?", "systems": "IT systems", "rivals": "q", "amount": "z"})
    theirs = theirs.drop(columns="security")
    with pytest.raises(
        DealsError, match=r'5 of the 6 .*`systems` \(nearest: "IT systems"\), `rivals`.*--allow-missing'
    ):
        score_table(theirs, tmp_path / "out.csv", compiled, "7")
    assert not list(tmp_path.iterdir())
    score_table(theirs, tmp_path / "out.csv", compiled, "7", allow_missing=True)
    half = draw_deals(5).rename(columns={"systems": "q1", "rivals": "q2", "amount": "q3"})
    scored = score_table(half, tmp_path / "out.csv", compiled, "7")
    assert scored.absent_factors == ("systems", "rivals", "amount")


def spoil(deals: pd.DataFrame) -> pd.DataFrame:
    deals = deals.astype({"systems": object})
    deals.loc[16, "systems"], deals.loc[30, "systems"], deals.loc[31, "deal_id"] = "many", "few", None
    return deals


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A file with scores from before."""
    (tmp_path / "out.csv").write_text("old")
    return tmp_path / "out.csv"


def left(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_wrong_cells_are_refused_by_row_and_deal_and_the_old_output_stays(
    compiled: CompiledModel, tmp_path: Path, old: Path
) -> None:
    spoil(draw_deals()).to_csv(tmp_path / "deals.csv", index=False)
    with pytest.raises(DealsError, match=r'row 18, deal D-17: `systems` must be .* got "many"') as caught:
        score(compiled, tmp_path / "deals.csv", old, max_rejected=0.0)
    assert "3 of the first 200 rows cannot be scored, more than the 0% allowed" in str(caught.value)
    assert "row 33: `deal_id` must name the deal" in str(caught.value)
    assert old.read_text() == "old"
    assert left(tmp_path) == {"out.csv", "deals.csv"}


def test_allowed_wrong_rows_are_set_aside_and_cost_no_other_row(
    compiled: CompiledModel, tmp_path: Path, old: Path
) -> None:
    deals = draw_deals()
    good = score(compiled, deals, tmp_path / "good.csv")
    spoil(deals).to_csv(tmp_path / "deals.csv", index=False)
    scored = score_table(tmp_path / "deals.csv", old, compiled, "7", max_rejected=0.02)
    assert (scored.deals, scored.rejected) == (197, 3)
    pd.testing.assert_frame_equal(read(old), good.drop(index=[16, 30, 31]).reset_index(drop=True))
    rejected = pd.read_csv(tmp_path / "out.rejected.csv")
    assert rejected["row"].tolist() == [18, 32, 33]
    assert rejected["deal_id"].tolist()[:2] == ["D-17", "D-31"]
    assert 'got "many"' in rejected["reason"][0]
    assert rejected["systems"][:2].tolist() == ["many", "few"]


@pytest.mark.parametrize("chunk", [7, 1_000])
def test_words_that_the_model_does_not_know_are_unanswered_and_told(
    compiled: CompiledModel, tmp_path: Path, old: Path, monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    monkeypatch.setattr("icp_fit.features.sources.source.CHUNK", chunk)
    deals = draw_deals(30).astype({"industry": object, "security": object})
    blank = deals.copy()
    blank.loc[[2, 20], "industry"] = None
    blank.loc[9, "security"] = None
    expected = score(compiled, blank, tmp_path / "expected.csv")
    deals.loc[[2, 20], "industry"], deals.loc[9, "security"] = "space", "extreme"
    with pytest.raises(DealsError, match=r'(?s)`industry` is "space" in 2 rows \(3, 21\).*"extreme" in row 10'):
        score_table(deals, old, compiled, "7", strict=True)
    assert old.read_text() == "old"
    scored = score_table(deals, old, compiled, "7")
    assert [(found.factor, found.word, found.count) for found in scored.unseen] == [
        ("industry", "space", 2),
        ("security", "extreme", 1),
    ]
    assert any("counts as unanswered" in sentence for sentence in scored.sentences())
    assert scored.rejected == 0
    pd.testing.assert_frame_equal(read(old), expected)


def test_more_wrong_rows_than_allowed_are_refused_at_the_end(
    compiled: CompiledModel, tmp_path: Path, old: Path
) -> None:
    spoil(draw_deals()).to_csv(tmp_path / "deals.csv", index=False)
    with pytest.raises(DealsError, match="3 of 200 rows cannot be scored, more than the 1% allowed"):
        score(compiled, tmp_path / "deals.csv", old, max_rejected=0.01)
    assert old.read_text() == "old"
    assert left(tmp_path) == {"out.csv", "deals.csv"}


def test_rows_set_aside_before_do_not_outlive_a_run_without_any(compiled: CompiledModel, tmp_path: Path) -> None:
    (tmp_path / "out.rejected.csv").write_text("old")
    score(compiled, draw_deals(), tmp_path / "out.csv")
    assert left(tmp_path) == {"out.csv"}


def break_csv(deals: pd.DataFrame, path: Path) -> None:
    lines = deals.to_csv(index=False).splitlines()
    lines[151] += ",one,too,many"
    path.write_text("\n".join(lines))


def break_parquet(deals: pd.DataFrame, path: Path) -> None:
    """Spoil the bytes of a page in the middle, as a disk would."""
    deals.to_parquet(path, row_group_size=50, compression="zstd")
    at = pq.read_metadata(path).row_group(2).column(1).data_page_offset
    data = bytearray(path.read_bytes())
    data[at : at + 40] = bytes(40)
    path.write_bytes(data)


@pytest.mark.parametrize(
    ("name", "spoil", "says"),
    [
        (
            "deals.csv",
            break_csv,
            r"deals.csv` cannot be read from row 152 on: the row has 11 cells, .*begins with \"(yes|no|),",
        ),
        ("deals.parquet", break_parquet, r"deals.parquet` cannot be read from row 99 on"),
    ],
    ids=["a row of a CSV that is too long", "a page of Parquet that is spoiled"],
)
def test_a_file_that_breaks_in_the_middle_names_the_row_and_leaves_the_old_output(
    compiled: CompiledModel,
    tmp_path: Path,
    old: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    spoil: object,
    says: str,
) -> None:
    monkeypatch.setattr("icp_fit.features.sources.source.CHUNK", 7)
    spoil(draw_deals(), tmp_path / name)  # type: ignore[operator]
    with pytest.raises(DealsError, match=says):
        score(compiled, tmp_path / name, old)
    assert old.read_text() == "old"
    assert left(tmp_path) == {"out.csv", name}


def test_a_parquet_file_that_is_cut_short_is_refused(compiled: CompiledModel, tmp_path: Path, old: Path) -> None:
    draw_deals().to_parquet(tmp_path / "deals.parquet")
    data = (tmp_path / "deals.parquet").read_bytes()
    (tmp_path / "deals.parquet").write_bytes(data[: len(data) // 2])
    with pytest.raises(
        DealsError, match=r"deals.parquet` cannot be read as a table. It is no Parquet file, or was cut short"
    ):
        score(compiled, tmp_path / "deals.parquet", old)
    assert old.read_text() == "old"


@pytest.mark.parametrize(
    ("output", "says"),
    [
        ("out.xlsx", r"out.xlsx` must end in .csv or .parquet"),
        ("missing/out.csv", "cannot be written"),
        ("deals.csv", "would replace"),
    ],
)
def test_an_output_that_cannot_be_written_is_named(
    compiled: CompiledModel, tmp_path: Path, output: str, says: str
) -> None:
    draw_deals().to_csv(tmp_path / "deals.csv", index=False)
    with pytest.raises(OutputError, match=says):
        score(compiled, tmp_path / "deals.csv", tmp_path / output)


KILLED = """
import os, signal, sys
from pathlib import Path
from icp_fit.models.compiled import compile_model
from icp_fit.serving.batch.scoring import score_table
from tests.support.small_profile import fit_small_model
folder = Path(sys.argv[1])
def tell(rows, done):
    if rows > 100:
        os.kill(os.getpid(), signal.SIGKILL)
import icp_fit.features.sources.source
icp_fit.features.sources.source.CHUNK = 20
score_table(folder / "deals.csv", folder / "out.csv", compile_model(fit_small_model(0)), "7", progress=tell)
"""


@pytest.mark.slow
def test_a_run_that_is_killed_leaves_the_old_output_and_the_next_one_clears_up(
    compiled: CompiledModel, tmp_path: Path, old: Path
) -> None:
    draw_deals().to_csv(tmp_path / "deals.csv", index=False)
    killed = subprocess.run([sys.executable, "-c", KILLED, tmp_path], cwd=CHECKOUT, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert old.read_text() == "old"
    assert any(name.endswith(".partial") for name in left(tmp_path))
    assert len(score(compiled, tmp_path / "deals.csv", old)) == 200
    assert left(tmp_path) == {"deals.csv", "out.csv"}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StorePaths:
    """A home with nothing in it, a table and a profile beside it."""
    monkeypatch.setenv("ICP_FIT_HOME", str(tmp_path / "home"))
    draw_deals().to_csv(tmp_path / "deals.csv", index=False)
    (tmp_path / "small.toml").write_text(write_profile(PROFILE))
    return StorePaths(tmp_path / "home")


def test_command_scores_with_the_champion(home: StorePaths, tmp_path: Path) -> None:
    save_bundle(fit_small_model(), home.bundles / "one", {}, model_version="3")
    home.point_champion("one")
    result = CliRunner().invoke(app, ["score", str(tmp_path / "deals.csv"), "-o", str(tmp_path / "out.csv")])
    assert result.exit_code == 0, result.output
    assert not result.stdout
    assert "Scored 200 deals into" in result.stderr
    assert set(read(tmp_path / "out.csv")["model_version"]) == {"3"}


def test_command_scores_by_the_profile_alone_and_says_so(home: StorePaths, tmp_path: Path) -> None:
    arguments = ["score", tmp_path / "deals.csv", "-o", tmp_path / "out.csv", "--profile", tmp_path / "small.toml"]
    result = CliRunner().invoke(app, list(map(str, [*arguments, "--json"])))
    assert result.exit_code == 0, result.output
    assert "alone" in result.stderr
    assert '"deals": 200' in result.stdout
    assert set(read(tmp_path / "out.csv")["model_version"]) == {"profile small 1"}


def test_command_ends_with_2_and_names_what_is_wrong(home: StorePaths, tmp_path: Path) -> None:
    spoil(draw_deals()).to_csv(tmp_path / "deals.csv", index=False)
    profile = ["--profile", str(tmp_path / "small.toml")]
    for output, says in (("out.csv", "row 18, deal D-17"), ("out.txt", "must end in .csv")):
        arguments = [
            "score",
            str(tmp_path / "deals.csv"),
            "-o",
            str(tmp_path / output),
            "--max-rejected",
            "0",
            *profile,
        ]
        result = CliRunner().invoke(app, arguments)
        assert result.exit_code == 2
        assert says in result.stderr
