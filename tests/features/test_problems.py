"""The same fault in many rows is one line, with its count, its first rows and what a mapping would say."""

import pytest

from icp_fit.features.answers import Problem
from icp_fit.features.problems import MOST_FAULTS, MOST_SHOWN, Problems


def lines(*problems: Problem) -> list[str]:
    told = Problems()
    told.add(problems)
    return list(told.lines())


def problem(row: int, cell: str | None = "n.v.", column: str = "employees") -> Problem:
    return Problem(row, f"D-{row}", column, f'`{column}` must be a number, got "{cell}".', cell)


def test_a_fault_of_one_row_is_told_with_its_deal():
    assert lines(problem(1_003)) == ['row 1,003, deal D-1003: `employees` must be a number, got "n.v.".']


@pytest.mark.parametrize(("count", "rows"), [(2, "1, 2"), (3, "1, 2, 3"), (4, "1, 2, 3, ..."), (468, "1, 2, 3, ...")])
def test_the_same_fault_in_many_rows_is_one_line(count: int, rows: str):
    [line] = lines(*map(problem, range(1, count + 1)))
    assert line == (
        f'in {count} rows ({rows}): `employees` must be a number, got "n.v.". Or say in a mapping what it means: under '
        '[values.employees], "n.v." = "" for unanswered.'
    )


def test_a_cell_is_quoted_as_toml_has_it():
    [line] = lines(problem(1, 'say "no"'), problem(2, 'say "no"'))
    assert r'"say \"no\"" = ""' in line


def test_a_fault_that_no_mapping_can_mend_names_none():
    [line] = lines(problem(1, None), problem(2, None))
    assert "mapping" not in line


@pytest.mark.parametrize("more", [0, 1, 2])
def test_the_most_frequent_faults_of_a_column_are_told_and_the_rest_counted(more: int):
    rare = [problem(row, f"cell {row}") for row in range(1, MOST_SHOWN + more)]
    told = lines(*rare, problem(90), problem(91), problem(92, column="amount"))
    assert told[0].startswith("in 2 rows (90, 91)")
    assert len(told) == MOST_SHOWN + bool(more) + 1
    assert (f"... and {more} more in `employees`" in told) is bool(more)
    assert told[-1].startswith("row 92")


def test_faults_without_number_need_no_memory_without_end():
    told = Problems()
    told.add(problem(row, f"cell {row}") for row in range(MOST_FAULTS + 500))
    assert list(told.lines())[-1] == f"... and {MOST_FAULTS + 500 - MOST_SHOWN:,} more in `employees`"
