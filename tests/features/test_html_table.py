from icp_fit.features.deals import read_deals
from icp_fit.features.html_table import html_table
from icp_fit.features.mapping import Mapping
from icp_fit.features.profile import read_profile
from tests.support.raw_deals import PROFILE, build_raw_deals


def test_every_cell_is_escaped() -> None:
    table = html_table("a < b", ("x & y",), [("<b>",)])
    assert table.startswith("<p>a &lt; b</p>")
    assert "<th>x &amp; y</th>" in table
    assert "<td>&lt;b&gt;</td>" in table


def test_profiles_deals_and_mappings_show_themselves_in_a_line() -> None:
    assert repr(read_profile("liferay")) == "<Profile liferay 1.0.0: 4 dimensions, 41 factors>"
    assert repr(PROFILE) == "<Profile small 1: 1 dimension, 5 factors>"
    deals = read_deals(build_raw_deals(outcome=""), PROFILE)
    assert repr(deals) == "<Deals: 9 won, 10 lost, 1 open, 0 rejected>"
    assert repr(Mapping()) == "<Mapping: our own names and words>"
    assert repr(Mapping(decimal=",", columns={"a": "b"})) == "<Mapping: columns, decimal>"


def test_a_notebook_shows_each_question_and_each_rejected_row() -> None:
    shown = PROFILE._repr_html_()
    assert all(f"<td>{factor.question}</td>" in shown for factor in PROFILE.factors)
    assert "got &quot;many&quot;" in read_deals(build_raw_deals(integrations="many"), PROFILE)._repr_html_()
