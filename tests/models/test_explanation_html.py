"""An explanation shows itself in a line of text, and in notebooks as a small table whose points add up."""

import re
from dataclasses import replace
from unittest.mock import patch

import numpy as np
import pytest

from icp_fit.models import explanation_html
from icp_fit.models.explain import explain
from icp_fit.models.fit import FitClassifier
from tests.support.model_shapes import compile_shape
from tests.support.small_profile import PROFILE, draw_answers


def test_explanation_is_short_as_text_and_a_table_in_notebooks() -> None:
    explanation = explain(compile_shape("all members"), draw_answers(30, seed=2, blank=0))
    assert repr(explanation) == f"<Explanation of 30 deals: mean score {explanation.score.mean():.0f}; profile small 1>"
    assert repr(explanation[:0]) == "<Explanation of 0 deals: profile small 1>"
    one = explanation[-1]
    assert repr(one) == f"<Explanation of 1 deal: score {one.score[0]}, grade {one.grade[0]}; profile small 1>"
    rows = re.findall(r"<tr><td>(.*?)</td><td>(.*?)</td><td>(.*?)</td><td>.*?</td></tr>", one._repr_html_())
    shown, exact = np.array([float(points) for *_, points in rows]), one.points[0][one.points[0] != 0]
    assert shown == pytest.approx(exact[np.argsort(-np.abs(exact), kind="stable")], abs=0.051)
    assert len(re.findall("<tr><td>", explanation._repr_html_())) == len(PROFILE.factors)
    assert "<td>" not in explanation[:0]._repr_html_()


def test_explanation_in_notebooks_adds_up_what_it_leaves_out() -> None:
    one = explain(compile_shape("all members"), draw_answers(1, seed=2, blank=0))
    with patch.object(explanation_html, "MOST_ROWS", 2):
        cells = re.findall(r"<td>([+-][\d.]+)</td><td>[+-]", one._repr_html_())
    assert len(cells) == 3
    assert sum(map(float, cells)) == pytest.approx(one.points.sum(), abs=0.16)


def test_explanation_in_notebooks_escapes_what_a_profile_says() -> None:
    needs, context = PROFILE.dimensions
    portal = replace(needs.factors[0], label="<b>Portal</b>")
    profile = replace(PROFILE, dimensions=(replace(needs, factors=(portal, *needs.factors[1:])), context))
    model = FitClassifier(profile).fit(draw_answers(0), np.empty(0))
    html = explain(model, draw_answers(1, blank=0))._repr_html_()
    assert "&lt;b&gt;Portal&lt;/b&gt;" in html
    assert "<b>" not in html
