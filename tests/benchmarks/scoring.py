"""Scoring of whole tables with explanations by a model without trees: rows a second, where the time goes, memory."""

import os
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from rich.console import Console
from rich.table import Table

from icp_fit.features.profile import read_profile
from icp_fit.features.simulation.sample import sample_deals
from icp_fit.features.sources.opening import open_source
from icp_fit.models.bundle import save_bundle
from icp_fit.models.compiled import CompiledModel, compile_model
from icp_fit.models.explain import explain_numbers
from icp_fit.models.fit import FitClassifier
from icp_fit.models.store_paths import StorePaths
from icp_fit.serving.batch.batches import open_deals
from icp_fit.serving.batch.output import open_sink
from icp_fit.serving.batch.scoring import Rows
from tests.benchmarks.learning import draw_closed
from tests.benchmarks.speed import _run

T = TypeVar("T")

STAGED = 400_000  # rows by stage
TARGETS = {1_000_000: "at least 300,000 rows/s", 10_000_000: "at most 1.5 GB"}
START = 1_000  # rows of a table whose time is that of starting the command
DISTINCT = 100_000  # example deals, repeated under new ids
SPACE = 200  # bytes a row that input and output take on disk together, at most


def measure_scoring(console: Console, sizes: tuple[int, ...] = tuple(TARGETS)) -> None:
    """Print a table of the stages, and one of whole commands on tables of each size."""
    profile = read_profile("liferay")
    closed = draw_closed(profile, 2_000, 7)
    model = FitClassifier(profile).fit(closed, (closed["outcome"] == "won").to_numpy())
    model.weights_["interactions"] = 0.0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        home = StorePaths(folder / "home")
        save_bundle(model, home.bundles / "one", {}, model_version="1")
        home.point_champion("one")
        console.print(_stages(compile_model(model), folder))
        table = Table(
            "icp-fit score --explain", "wall s", "CPU s", "rows/s", "CPU µs a row", "peak GB", "target", box=None
        )
        environment = os.environ | {"ICP_FIT_HOME": str(home.folder)}
        started, needed, _ = min(_score(folder, START, environment) for _ in range(2))
        for rows in sizes:
            if shutil.disk_usage(folder).free < rows * SPACE:
                console.print(f"Skipped {rows:,} rows: the disk has no {rows * SPACE / 1e9:.0f} GB to spare.")
                continue
            wall, cpu, peak = _score(folder, rows, environment)
            speed, work = (rows - START) / (wall - started), (cpu - needed) / (rows - START)
            figures = f"{wall:.1f}", f"{cpu:.1f}", f"{speed:,.0f}", f"{1e6 * work:.2f}", f"{peak:.2f}"
            table.add_row(f"{rows:,} rows", *figures, TARGETS[rows])
        console.print(table)
        console.print(
            f"Rows/s and CPU a row leave out the {started:.1f} s that the command takes to start.", highlight=False
        )


def _score(folder: Path, rows: int, environment: dict[str, str]) -> tuple[float, float, float]:
    deals, scores = folder / "deals.parquet", folder / "scores.parquet"
    write_deals(deals, rows)
    run = _run(["score", str(deals), "-o", str(scores), "--explain"], environment)
    assert pq.read_metadata(scores).num_rows == rows
    deals.unlink()
    scores.unlink()
    return run


def write_deals(path: Path, rows: int) -> None:
    """Example deals with an id of their own each, repeated where they are many."""
    deals = sample_deals(read_profile("liferay"), min(rows, DISTINCT), 3)
    group = pa.Table.from_pandas(deals, preserve_index=False)
    with pq.ParquetWriter(path, group.schema) as writer:
        for start in range(0, rows, len(group)):
            numbers = pa.array(np.arange(start, start + len(group))).cast(pa.string())
            ids = pc.binary_join_element_wise("D-", numbers, "").cast(pa.large_string())
            writer.write_table(group.set_column(0, "deal_id", ids).slice(0, rows - start))


def _stages(compiled: CompiledModel, folder: Path) -> Table:
    """One stage after the other, so that each is measured alone."""
    deals, scores = folder / "deals.parquet", folder / "scores.parquet"
    write_deals(deals, STAGED)
    table, rows = open_deals(deals, compiled.profile), Rows(compiled.profile, "1", explain=True)
    columns = list(table.columns.values())
    shown = Table("stage", "µs a row", "CPU µs a row", box=None)

    def measure(name: str, work: Callable[[], T]) -> T:
        wall, cpu = time.perf_counter(), time.process_time()
        done = work()
        figures = (time.perf_counter() - wall) / STAGED, (time.process_time() - cpu) / STAGED
        shown.add_row(name, *(f"{1e6 * figure:.2f}" for figure in figures))
        return done

    def write() -> None:
        sink = open_sink(scores, ".parquet", rows.schema)
        for batch, explanation in zip(batches, explained, strict=True):
            sink.write(rows.build(batch.ids, explanation))
        sink.close()

    # what every process does once
    for batch in list(table.batches())[:1]:
        explain_numbers(compiled, batch.numbers)
    measure("read Parquet", lambda: list(open_source(deals).chunks(columns, columns[1:])))
    batches = measure("read Parquet and turn cells into numbers", lambda: list(table.batches()))
    explained = measure("run the model", lambda: [explain_numbers(compiled, batch.numbers) for batch in batches])
    measure("derive scores, encode and write", write)
    size = f"{scores.stat().st_size / STAGED:.0f} bytes a row"
    shown.caption = (
        f"{len(compiled.profile.factors)} factors, {STAGED:,} deals, one stage after the other; written: {size}"
    )
    return shown
