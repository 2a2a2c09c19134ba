"""The questions that the columns of a table become, one by one, and what is found on the way."""

import json
from dataclasses import dataclass, field, replace

import pandas as pd

from icp_fit.features.drafting.column_checks import find_repeats, tells_outcome
from icp_fit.features.drafting.factor_draft import Decimal, FactorDraft, draft_factor
from icp_fit.features.drafting.money_columns import find_mixed_money, mixed_money_note
from icp_fit.features.drafting.picklists import find_values
from icp_fit.features.drafting.source_column import SourceColumn, read_column
from icp_fit.features.factors import Factor
from icp_fit.features.mapping import DEAL_COLUMNS, IS_CLOSED, Mapping
from icp_fit.features.splitting import split_table, value_column


@dataclass
class Questions:
    """The factors that were drafted so far, by id, and what was found on the way.

    `words` say what the source's words mean by factor id, `split` the sign between the values of a column, `ignored`
    why a column became no question.
    """

    factors: dict[str, Factor] = field(default_factory=dict)
    words: dict[str, dict[str, str]] = field(default_factory=dict)
    split: dict[str, str] = field(default_factory=dict)
    ignored: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    @property
    def taken(self) -> set[str]:
        return {*DEAL_COLUMNS, IS_CLOSED, *self.factors}

    def add(self, name: str, drafted: FactorDraft | str) -> None:
        if isinstance(drafted, str):
            self.ignored[name] = drafted
            return
        self.factors[drafted.factor.id] = drafted.factor
        self.notes += drafted.notes
        if drafted.words:
            self.words[drafted.factor.id] = drafted.words


def draft_questions(columns: list[SourceColumn], table: pd.DataFrame, decimal: Decimal) -> Questions:
    """A question for each column that can be one, and for each value of those that list several."""
    questions, repeats, mixed = Questions(), find_repeats(columns), find_mixed_money(columns)
    questions.notes += [mixed_money_note(mixed)] if mixed else []
    for column in columns:
        if column.name in mixed:
            questions.ignored[column.name] = mixed[column.name]
        elif column.name in repeats:
            questions.ignored[column.name] = f"repeats another column: `{repeats[column.name]}`"
        elif reason := tells_outcome(column):
            questions.ignored[column.name] = reason
        elif listed := find_values(column):
            _add_values(questions, column, table, *listed)
        else:
            questions.add(column.name, draft_factor(column, decimal, questions.taken))
    return questions


def _add_values(
    questions: Questions, column: SourceColumn, table: pd.DataFrame, separator: str, values: tuple[str, ...]
) -> None:
    """A question of yes and no for each of the values that a column lists."""
    names = {value_column(column.name, value): value for value in values}
    split = Mapping(columns={name: name for name in names}, split={column.name: separator})
    cells = split_table(table[[column.name]], split)
    for name, value in names.items():
        drafted = draft_factor(read_column(name, cells[name]), "", questions.taken)
        if isinstance(drafted, FactorDraft):
            label = f"{column.words}: {value}"
            phrases = (f"{column.words} do not include {value}", f"{column.words} include {value}")
            factor = replace(drafted.factor, label=label, question=f"{label}, yes or no?", phrases=phrases)
            drafted = replace(drafted, factor=factor)
        questions.add(name, drafted)
    questions.split[column.name] = separator
    questions.notes.append(
        f"`{column.name}` lists several values in a cell, with {json.dumps(separator)} between them: one question of "
        f"yes and no for each of {len(values):,}."
    )
