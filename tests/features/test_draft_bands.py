import pytest

from icp_fit.features.drafting.bands import order_levels


@pytest.mark.parametrize(
    "levels",
    [
        ["1-10", "11-50", "51-200", "201-1000", "1000+"],
        ["<10", "10 bis 50", "51\u2013999", "1000+"],
        ["<$1M", "$1M - $5M", "$5M+"],
        ["0-999", "1.000\u20135.000", "> 5.000"],
        ["1,000-5,000", "5,001-10,000", "10,000+"],
        ["unter 50", "50-100", "über 100"],
        ["Menos de 50", "51-100", "Más de 100"],
        ["moins de 50", "50 à 100", "plus de 100"],
        ["1-10 employees", "11-50 employees", "500+ employees"],
        ["Less than 1 Million", "1 Million to 5 Million", "Above 5 Million"],
        ["0-5%", "5-10%", "10%+"],
        ["1", "2-5", "6+"],
        ["< 1 Mio. €", "1-5 Mio. €", "> 5 Mio. €"],
        ["unter 5 Tsd. €", "5-20 Tsd. €", "über 20 Tsd. €"],
        ["10k-50k", "50k-1M", "1-5M"],
        ["low", "medium", "high"],
        ["Very Low", "Low", "High", "Very High"],
        ["S", "M", "L", "XL"],
        ["Small", "Medium", "Large"],
        ["niedrig", "mittel", "hoch"],
        ["Klein", "Mittel", "Groß"],
        ["faible", "moyen", "élevé"],
        ["Pequeño", "Mediano", "Grande"],
        ["baixo", "médio", "alto"],
        ["basso", "medio", "alto"],
        ["laag", "gemiddeld", "hoog"],
    ],
    ids=str,
)
def test_bands_and_words_of_a_scale_are_ordered(levels: list[str]):
    assert order_levels(levels) == tuple(levels)
    assert order_levels(levels[::-1]) == tuple(levels)


@pytest.mark.parametrize(
    "values",
    [
        ["10-20", "15-30"],
        ["1-10", "1 to 10"],
        ["1", "2", "3"],
        ["north", "low"],
        ["low", "niedrig", "high"],
        ["Small", "Medium", "Large", "Enterprise"],
        ["a-b", "c-d"],
        ["10-Jan", "11-50"],
        ["50-10", "11-50"],
        ["only"],
    ],
    ids=str,
)
def test_anything_else_has_no_order(values: list[str]):
    assert order_levels(values) is None
