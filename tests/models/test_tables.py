"""Tables of factors: lines between edges that add up the profile and the mean of the fits."""

import numpy as np
import pytest

from icp_fit.features.encoder import answer_numbers
from icp_fit.models.compiled import compile_model
from icp_fit.models.tables import encode_numbers, of_fit
from tests.support.model_shapes import compile_shape
from tests.support.small_profile import PROFILE, draw_answers, fit_small_model


def test_numbers_are_encoded_as_the_encoder_encodes_answers() -> None:
    answers, model = draw_answers(100, blank=0.0), fit_small_model(300)
    encoded = encode_numbers(compile_shape("all members").tables.logarithmic, answer_numbers(PROFILE, answers))
    matrix = model.encoder_.transform(answers)
    for c, column in enumerate(model.encoder_.columns_):
        if column.role == "number":
            assert np.array_equal(encoded[:, column.factor], matrix[:, c])


def test_line_is_the_profile_and_the_mean_of_the_fits() -> None:
    tables = compile_shape("all members").tables
    for part, total in ((tables.level, tables.line[:, 0]), (tables.slope, tables.line[:, 1])):
        assert total == pytest.approx(part[:, 0] + part[:, 1:].mean(axis=1))
    alone = of_fit(tables, 2)
    assert alone.line[:, 0] == pytest.approx(tables.level[:, 0] + tables.level[:, 3])


def test_model_without_deals_has_the_line_of_the_profile_alone() -> None:
    tables = compile_model(fit_small_model(0)).tables
    assert tables.level.shape[1] == 1
    assert np.array_equal(tables.line[:, 0], tables.level[:, 0])


def test_lines_of_a_number_meet_at_the_ends_of_its_scale() -> None:
    """So the profile's part is continuous; beyond the scale it is flat."""
    tables = compile_model(fit_small_model(0)).tables
    systems = PROFILE.factor_ids.index("systems")
    edges = tables.edges[tables.edge_starts[systems] : tables.edge_starts[systems + 1]]
    first = tables.row_starts[systems]
    lines = tables.line[first : first + len(edges) + 1]
    for k, edge in enumerate(edges):
        below, above = (level + slope * edge for level, slope in lines[k : k + 2])
        assert below == pytest.approx(above, abs=1e-12)
    assert lines[0, 1] == lines[-1, 1] == 0
    assert lines[1, 1] > 0


def test_every_factor_has_a_row_a_cell_and_one_for_an_open_question() -> None:
    tables = compile_shape("all members").tables
    rows, edges = np.diff(tables.row_starts), np.diff(tables.edge_starts)
    for j, factor in enumerate(PROFILE.factors):
        assert rows[j] == (len(factor.values) if factor.kind == "category" else edges[j] + 1) + 1
    assert tables.counts_when_open.tolist() == [False] * 5 + [True]
