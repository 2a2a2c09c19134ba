"""Scoring of whole tables: chunks are read, explained and written at the same time, so that size costs no memory."""

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from icp_fit.features.factors import Profile
from icp_fit.features.mapping import Mapping
from icp_fit.features.sources.source import Source
from icp_fit.features.splitting import refuse_new_values
from icp_fit.features.unseen import UnseenAnswer, UnseenAnswers, describe_unseen, refuse_unseen
from icp_fit.models.compiled import CompiledModel
from icp_fit.models.evidence import trained_questions
from icp_fit.models.explain import Explanation, explain_numbers
from icp_fit.serving.batch.batches import DealBatch, DealTable, open_deals
from icp_fit.serving.batch.output import check_output, open_sink, rejected_path, whole_file
from icp_fit.serving.batch.rejected import RejectedRows
from icp_fit.serving.batch.stages import ahead

# Called after each chunk with the number of rows that are done and their share of the table, from 0 to 1.
RowProgress = Callable[[int, float], None]
SCORES = pa.schema(
    [
        ("deal_id", pa.string()),
        ("score", pa.int32()),
        ("win_probability", pa.float64()),
        ("low", pa.float64()),
        ("high", pa.float64()),
        ("grade", pa.string()),
        ("completeness", pa.float64()),
        ("model_version", pa.string()),
    ]
)


@dataclass(frozen=True)
class ScoredTable:
    """What became of a table. Rows that could not be scored, or are no deals, are in the file `rejected_file`."""

    output: str
    deals: int
    rejected: int
    rejected_file: str | None
    skipped: int
    blank: int
    unseen: tuple[UnseenAnswer, ...]
    model_version: str
    absent_factors: tuple[str, ...]
    ignored_columns: tuple[str, ...]
    notes: tuple[str, ...]

    def sentences(self) -> Iterator[str]:
        """What to know of it, for a person."""
        yield f"Scored {self.deals:,} deals into {self.output}."
        if self.rejected:
            yield f"Rows that could not be scored: {self.rejected:,}, with the reasons in {self.rejected_file}."
        if self.skipped:
            yield f"Rows that are no deals, left out: {self.skipped:,}, with the reasons in {self.rejected_file}."
        if self.blank:
            yield f"Rows with neither id nor answers, skipped: {self.blank:,}."
        if self.absent_factors:
            yield f"Factors without a column, unanswered in every deal: {', '.join(self.absent_factors)}."
        yield from describe_unseen(self.unseen)
        yield from self.notes


def score_table(
    source: str | Path | pd.DataFrame | Source,
    output: Path,
    compiled: CompiledModel,
    model_version: str,
    *,
    explain: bool = False,
    mapping: Mapping | None = None,
    query: str | None = None,
    sheet: str | None = None,
    max_rejected: float = 0.05,
    allow_missing: bool = False,
    strict: bool = False,
    progress: RowProgress = lambda rows, done: None,
) -> ScoredTable:
    """Score the deals of a table of any size into a CSV or Parquet file, which is there whole or not at all.

    With `explain`, the file has the log-odds that each factor adds as well. A word that is no choice of its question
    counts as unanswered, and is told; `strict` refuses it. Up to the share `max_rejected` of the rows may be unusable;
    they are set aside, with their reasons, in a file beside the scores. Raises DealsError where they are more, naming
    rows and deals, where the table breaks off, or where, unless `allow_missing`, it lacks the deals' ids or most of the
    questions that the model was trained on; OutputError where the file cannot be written.
    """
    asked = None if allow_missing else trained_questions(compiled.profile, compiled.model.evidence_)
    table = open_deals(source, compiled.profile, mapping, query, asked, sheet)
    check_output(output, table.path)
    if strict and mapping:
        refuse_new_values(table.source, mapping)
    rows = Rows(compiled.profile, model_version, explain)
    return _score(table, output, compiled, rows, max_rejected, strict, progress)


def _score(
    table: DealTable,
    output: Path,
    compiled: CompiledModel,
    rows: "Rows",
    max_rejected: float,
    strict: bool,
    progress: RowProgress,
) -> ScoredTable:
    aside = rejected_path(output)
    deals = blank = read = 0
    with whole_file(output) as partial, whole_file(aside) as partial_aside:
        unseen = UnseenAnswers()
        rejected, sink = RejectedRows(partial_aside, table.wanted), open_sink(partial, output.suffix, rows.schema)
        with ahead(table.batches()) as batches, ahead(explain_batches(compiled, batches)) as explained:
            for batch, explanation in explained:
                rejected.add(batch.problems, batch.rejected, batch.skipped)
                read += batch.read
                rejected.check(read, table.rows, max_rejected)
                unseen.add(batch.unseen)
                sink.write(rows.build(batch.ids, explanation))
                deals, blank = deals + len(explanation), blank + batch.blank
                progress(read, batch.done)
        rejected.check(read, read, max_rejected)
        if strict:
            refuse_unseen(unseen.list())
        sink.close()
    return ScoredTable(
        output=str(output),
        deals=deals,
        rejected=rejected.count,
        rejected_file=str(aside) if rejected.count or rejected.skipped else None,
        skipped=rejected.skipped,
        blank=blank,
        unseen=unseen.list(),
        model_version=rows.version,
        absent_factors=table.absent,
        ignored_columns=table.ignored,
        notes=table.notes,
    )


def explain_batches(
    compiled: CompiledModel, batches: Iterator[DealBatch]
) -> Generator[tuple[DealBatch, Explanation], None, None]:
    for batch in batches:
        yield batch, explain_numbers(compiled, batch.numbers)


class Rows:
    """The rows of a table of scores: one a deal."""

    def __init__(self, profile: Profile, version: str, explain: bool) -> None:
        self.version, self.explain = version, explain
        # Grades by whole score: one is looked up in no time, where asking for each of millions takes seconds.
        self.grades = pa.array([profile.grades.grade(score) for score in range(101)])
        self.schema = SCORES
        for factor_id in profile.factor_ids if explain else ():
            name = factor_id if factor_id not in SCORES.names else f"{factor_id}_log_odds"
            self.schema = self.schema.append(pa.field(name, pa.float64()))

    def build(self, ids: pa.Array, explanation: Explanation) -> pa.RecordBatch:
        """The rows of explained deals with these ids."""
        columns = [
            ids.cast(pa.string()),
            pa.array(explanation.score, pa.int32()),
            pa.array(explanation.win_probability),
            pa.array(explanation.low),
            pa.array(explanation.high),
            self.grades.take(pa.array(explanation.score)),
            pa.array(explanation.completeness),
            pa.repeat(self.version, len(ids)),
        ]
        if self.explain:
            columns += [pa.array(values) for values in np.ascontiguousarray(explanation.log_odds_by_factor.T)]
        return pa.RecordBatch.from_arrays(columns, schema=self.schema)
